/*
 * The memory of a module goes: unmapped first, flushed by the caller, then released. No thread runs
 * in it and none can come to it any more.
 */
#include <kernel/heap.h>

#include <mm/percpu_window.h>

#include "module_internal.h"

void loaded_unmap(struct loaded_module *module)
{
	/* First nobody finds it by address any more. */
	for (unsigned kind = 0; kind < OWNER_RANGES; kind++)
		module->owner->ranges[kind] = (struct owner_range){0, 0};
	page_clear(module->core.address, module->core.pages);
	page_clear(module->init.address, module->init.pages);
}

void loaded_release(struct loaded_module *module)
{
	module_window_release(&module->core);
	module_window_release(&module->init);
	if (module->percpu_size)
		percpu_free(module->percpu_offset, module->percpu_size);
	exports_remove(module);
	heap_free(module->symbols.entries);
	heap_free(module->init_symbols.entries);
	heap_free(module->parameter_text);
	table_remove(module);
}
