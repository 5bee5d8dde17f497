/*
 * Stage `link`: symbols to values, relocations, the pointers of the descriptor. The values of
 * undefined symbols are those that `depend` has found, in the order in which both meet them.
 */
#include <kernel/heap.h>
#include <kernel/time.h>

#include "stage_internal.h"

/* Rule 2 of the guide: a module that can be called without a reference must not have an exit. */
static int check_unsafe(struct load *load)
{
	if (!load->unsafe_symbol[0])
		return 0;
	load->module->owner->flags |= OWNER_UNSAFE;
	if (!load->module->tables.exit)
		return 0;
	return load_refuse(load, -ENOEXEC,
			   "uses the unsafe interface %pE and has an exit function: it can never "
			   "be left safely, so remove module_exit",
			   load->unsafe_symbol);
}

int load_link(struct load *load)
{
	struct loaded_module *module = load->module;
	struct elf_image *image = &load->file.image;
	const struct elf_segment *text = &image->layout.segment[ELF_TEXT];
	const struct elf_segment *init_text = &image->layout.segment[ELF_INIT_TEXT];
	uint64_t begin;
	int error;

	load->values = heap_alloc(image->symbol_count * sizeof(*load->values));
	if (!load->values)
		return load_no_memory(load);
	error = elf_link_symbols(image, load->imports, load->values);
	if (error)
		return error;
	begin = time_now();
	error = elf_relocate(image, load->values);
	load->costs.relocate = (uint32_t)(time_now() - begin);
	load->costs.relocations = (uint32_t)image->relocations;
	if (!error)
		error = module_tables_check(&load->file, &module->tables);
	if (error)
		return error;
	reference_check_text(text->now, text->run, text->size);
	reference_check_text(init_text->now, init_text->run, init_text->size);
	return check_unsafe(load);
}
