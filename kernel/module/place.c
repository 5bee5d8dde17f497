/*
 * Stage `place`: addresses and frames, per-CPU data, the file's bytes in them, and the names of its
 * functions. The pages are written where the direct map has them: until `protect` they are not
 * mapped where they will run.
 */
#include <kernel/heap.h>
#include <kernel/percpu.h>

#include <mm/percpu_window.h>

#include "stage_internal.h"

static int take_range(uint64_t span, struct module_range *range)
{
	return span == 0 ? 0 : module_window_alloc(pages_for(span), range);
}

static struct elf_where where(const struct module_range *range)
{
	uint8_t *now = range->address ? direct_pointer(range->physical) : NULL;

	return (struct elf_where){.now = now, .run = range->address};
}

static int take_percpu(struct load *load)
{
	struct loaded_module *module = load->module;
	uint64_t size = module->layout.segment[ELF_PERCPU].size;

	if (size == 0)
		return 0;
	load->percpu_template = heap_alloc(size);
	if (!load->percpu_template)
		return load_no_memory(load);
	if (percpu_alloc(size, &module->percpu_offset))
		return load_refuse(load, -ENOMEM,
				   "no room for %lu bytes of per-CPU data: all modules together "
				   "have %u",
				   size, PERCPU_MODULES_SIZE);
	module->percpu_size = size;
	return 0;
}

static int take_symbols(const struct elf_image *image, uint32_t segment, struct symtab *symbols)
{
	void *buffer = heap_alloc(symtab_build(image, segment, NULL, NULL));

	if (buffer)
		symtab_build(image, segment, buffer, symbols);
	return buffer ? 0 : -ENOMEM;
}

int load_place(struct load *load)
{
	struct loaded_module *module = load->module;
	struct elf_image *image = &load->file.image;
	int error;

	load->places = heap_alloc(image->section_count * sizeof(*load->places));
	if (!load->places || take_range(module->layout.core_span, &module->core) ||
	    take_range(module->layout.init_span, &module->init))
		return load_no_memory(load);
	error = take_percpu(load);
	if (error)
		return error;
	elf_lay_out(image, load->places);
	if (take_symbols(image, ELF_TEXT, &module->symbols) ||
	    take_symbols(image, ELF_INIT_TEXT, &module->init_symbols))
		return load_no_memory(load);
	load->costs.pages = (uint32_t)(module->core.pages + module->init.pages);
	elf_memory_fill(image, where(&module->core), where(&module->init),
			(struct elf_where){load->percpu_template, module->percpu_offset});
	return 0;
}
