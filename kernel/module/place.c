/*
 * The stages that can be undone without a trace, second half: memory, the file's bytes in it,
 * symbols and relocations, permissions. Until `protect` the module's pages are not mapped where
 * they will run; after it nothing is both writable and executable, and text and rodata stay as they
 * are until the module goes.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <mm/percpu_window.h>

#include "load_internal.h"

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
	uint64_t align = module->layout.segment[ELF_PERCPU].align;

	if (size == 0)
		return 0;
	if (align > PERCPU_ALIGN)
		return load_refuse(load, -ENOEXEC,
				   "per-CPU data is aligned to %lu bytes, the limit is %u", align,
				   PERCPU_ALIGN);
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
	elf_layout_place(image, load->places);
	if (take_symbols(image, ELF_TEXT, &module->symbols) ||
	    take_symbols(image, ELF_INIT_TEXT, &module->init_symbols))
		return load_no_memory(load);
	load->costs.pages = (uint32_t)(module->core.pages + module->init.pages);
	elf_memory_fill(image, where(&module->core), where(&module->init),
			(struct elf_where){load->percpu_template, module->percpu_offset});
	return 0;
}

static int resolve(void *context, const char *name, uint32_t hash, bool weak, uint64_t *value)
{
	struct load *load = context;
	const struct export *export;

	if (strcmp(name, "__this_module") == 0) {
		*value = (uint64_t)load->module->owner->module;
		return 0;
	}
	/* What `depend` has found is held, and cannot have gone. */
	export = export_find(name, hash);
	if (export)
		*value = export->value;
	return export ? 0 : -ENOENT;
}

/* Rule 2 of the guide: who can be called without a reference must not have an exit. */
static int check_unsafe(struct load *load)
{
	char symbol[FOREIGN_SIZE];

	if (!load->unsafe_symbol[0])
		return 0;
	load->module->owner->flags |= OWNER_UNSAFE;
	if (!load->module->tables.exit)
		return 0;
	return load_refuse(load, -ENOEXEC,
			   "uses the unsafe interface %s and has an exit function: it can never "
			   "be left safely, so remove module_exit",
			   foreign(load->unsafe_symbol, symbol));
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
	if (elf_link_symbols(image, resolve, load, load->values))
		return load_diagnosed(load);
	begin = time_now();
	error = elf_relocate(image, load->values);
	load->costs.relocate = (uint32_t)(time_now() - begin);
	load->costs.relocations = (uint32_t)image->relocations;
	if (error || module_tables_check(&load->file, &module->tables))
		return load_diagnosed(load);
	if (debug_enabled) {
		reference_check_text(text->now, text->run, text->size);
		reference_check_text(init_text->now, init_text->run, init_text->size);
	}
	return check_unsafe(load);
}

/* Each segment where it will run, with its final protection. */
static void publish_range(const struct module_range *range, const struct elf_segment *segments,
			  enum elf_segment_number first, enum elf_segment_number last)
{
	static const enum map_protection protections[] = {
	    [ELF_TEXT] = MAP_TEXT,	[ELF_RODATA] = MAP_RODATA,  [ELF_DATA] = MAP_DATA,
	    [ELF_INIT_TEXT] = MAP_TEXT, [ELF_INIT_DATA] = MAP_DATA,
	};
	uint64_t done = 0;

	for (unsigned i = first; i <= last; i++) {
		size_t pages = pages_for(segments[i].span);

		page_map(range->address + done, range->physical + done, pages, protections[i]);
		done += pages * PAGE_SIZE;
	}
}

static void fill_percpu(const struct load *load)
{
	const struct loaded_module *module = load->module;

	for (unsigned cpu = 0; module->percpu_size && cpu < cpu_count(); cpu++)
		memcpy(
		    (void *)(PERCPU_BASE + (uint64_t)cpu * PERCPU_STRIDE + module->percpu_offset),
		    load->percpu_template, module->percpu_size);
}

int load_protect(struct load *load)
{
	struct loaded_module *module = load->module;
	const struct elf_segment *segment = module->layout.segment;
	uint64_t text = module->core.address, data = text + segment[ELF_TEXT].span;
	uint64_t init_text = module->init.address;

	publish_range(&module->core, segment, ELF_TEXT, ELF_DATA);
	publish_range(&module->init, segment, ELF_INIT_TEXT, ELF_INIT_DATA);
	module->owner->ranges[OWNER_TEXT] = (struct owner_range){text, data};
	module->owner->ranges[OWNER_INIT_TEXT] =
	    (struct owner_range){init_text, init_text + segment[ELF_INIT_TEXT].span};
	fill_percpu(load);
	return exports_add(load);
}
