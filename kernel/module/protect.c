/*
 * Stage `protect`: the pages are mapped where they will run. From here on no page is both writable
 * and executable, and text and rodata stay as they are until the module goes. Exports are entered:
 * the state `loading` tells other loads to wait for them.
 */
#include <string.h>

#include <kernel/preempt.h>

#include <mm/percpu_window.h>

#include "stage_internal.h"

/* Each segment where it will run, with its final protection. */
static void publish_range(const struct loaded_module *module, const struct module_range *range,
			  enum elf_segment_number first, enum elf_segment_number last)
{
	static const enum map_protection protections[] = {
	    [ELF_TEXT] = MAP_TEXT,	[ELF_RODATA] = MAP_RODATA,  [ELF_DATA] = MAP_DATA,
	    [ELF_INIT_TEXT] = MAP_TEXT, [ELF_INIT_DATA] = MAP_DATA,
	};
	uint64_t done = 0;

	for (unsigned i = first; i <= last; i++) {
		size_t pages = pages_for(module->layout.segment[i].span);

		page_map(range->address + done, range->physical + done, pages, protections[i]);
		done += pages * PAGE_SIZE;
	}
	page_set_owner(range->address, range->pages, module->owner->handle->slot);
}

static void fill_percpu(const struct load *load)
{
	const struct loaded_module *module = load->module;

	for (unsigned cpu = 0; module->percpu_size && cpu < cpu_count(); cpu++)
		memcpy(
		    (void *)(PERCPU_BASE + (uint64_t)cpu * PERCPU_STRIDE + module->percpu_offset),
		    load->percpu_template, module->percpu_size);
}

/* Tells the bus what is the module's. */
static void set_owner_ranges(const struct loaded_module *module)
{
	const struct elf_segment *segment = module->layout.segment;
	struct owner_range *ranges = module->owner->ranges;
	uint64_t text = module->core.address, data = text + segment[ELF_TEXT].span;
	uint64_t init = module->init.address, init_data = init + segment[ELF_INIT_TEXT].span;
	uint64_t data_span = segment[ELF_RODATA].span + segment[ELF_DATA].span;
	uint64_t percpu = module->percpu_offset;

	ranges[OWNER_TEXT] = (struct owner_range){text, data};
	ranges[OWNER_DATA] = (struct owner_range){data, data + data_span};
	ranges[OWNER_PERCPU] = (struct owner_range){percpu, percpu + module->percpu_size};
	ranges[OWNER_INIT_TEXT] = (struct owner_range){init, init_data};
	ranges[OWNER_INIT_DATA] =
	    (struct owner_range){init_data, init_data + segment[ELF_INIT_DATA].span};
}

int load_protect(struct load *load)
{
	struct loaded_module *module = load->module;

	publish_range(module, &module->core, ELF_TEXT, ELF_DATA);
	publish_range(module, &module->init, ELF_INIT_TEXT, ELF_INIT_DATA);
	set_owner_ranges(module);
	fill_percpu(load);
	return exports_add(load);
}
