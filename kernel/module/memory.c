/*
 * The memory of a module goes: unmapped and flushed in a stop, so that no CPU is in the middle of a
 * look-up that has found it by address, then released. No thread runs in it and none can come to it
 * any more.
 */
#include <kernel/heap.h>

#include <mm/percpu_window.h>
#include <mm/tlb.h>

#include "module_internal.h"

int loaded_unmap_stopped(void *argument)
{
	struct loaded_module *module = argument;

	page_clear(module->core.address, module->core.pages);
	page_clear(module->init.address, module->init.pages);
	tlb_flush_stopped(module->core.address, module->core.pages);
	tlb_flush_stopped(module->init.address, module->init.pages);
	return 0;
}

/*
 * The slot of the owner table. With references left, which only a failed init, an exit that takes
 * one, or force lets happen, it is never used again and the log says so: a late put must not count
 * for the module that would get the slot next.
 */
static void release_owner(struct loaded_module *module)
{
	struct owner *owner = module->owner;
	int64_t references = owner_references_now(owner);

	if (references <= 0) {
		owner_destroy(owner);
		return;
	}
	owner_drop_dependencies(owner);
	owner->loader = NULL;
	printk(KERN_ERR
	       "%s: reference: gone with %ld reference%s that nothing has put: its slot is "
	       "not used again; put what try_module_get and __module_get have taken\n",
	       module->name, references, references == 1 ? "" : "s");
}

void loaded_release(struct loaded_module *module)
{
	module_window_release(&module->core, module->layout.segment[ELF_TEXT].span);
	module_window_release(&module->init, module->layout.segment[ELF_INIT_TEXT].span);
	if (module->percpu_size)
		percpu_free(module->percpu_offset, module->percpu_size);
	exports_remove(module);
	heap_free(module->symbols.entries);
	heap_free(module->init_symbols.entries);
	heap_free(module->parameter_text);
	table_remove(module);
	release_owner(module);
}
