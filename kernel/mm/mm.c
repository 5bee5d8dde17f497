/*
 * Bringing memory up, in the order in which each part can stand on the one before: frames, page
 * tables, the windows of the address space, the heap, the window of the first CPU. The tables of
 * all windows are made here, so that what is mapped in them later costs its own frames and no
 * others.
 */
#include <mm/mm.h>

#include <string.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/statistics.h>

#include <arch/cpu.h>
#include <mm/frame.h>
#include <mm/io_mapping.h>
#include <mm/mm_internal.h>
#include <mm/module_window.h>
#include <mm/page_table.h>
#include <mm/percpu_window.h>
#include <mm/stack.h>

/* Tables are taken for what may be mapped on this machine, not for what its RAM cannot fill. */
static void cover_windows(void)
{
	uint64_t frames, free;

	frame_count(&frames, &free);
	page_table_cover(0, 0x100000); /* from where other CPUs start */
	page_table_cover(IO_WINDOW, IO_PAGES * PAGE_SIZE);
	page_table_cover(STACK_WINDOW, stack_window_init(frames) * STACK_STRIDE);
	page_table_cover(PERCPU_BASE, CPU_LIMIT * PERCPU_STRIDE);
	page_table_cover(MODULE_WINDOW, module_window_init(frames) * PAGE_SIZE);
	page_table_cover(OWNER_TABLE, OWNER_SLOTS * sizeof(struct module));
}

int mm_init(const struct mm_boot *boot, uint64_t *lowest)
{
	size_t owner_bytes = OWNER_SLOTS * sizeof(struct module);
	uint64_t physical;
	int error = frame_init(boot);

	if (!error)
		error = frame_alloc(1, lowest);
	if (error)
		return error;
	page_table_init(boot);
	cover_windows();
	heap_init();
	error = frame_alloc(pages_for(owner_bytes), &physical);
	if (error)
		return error;
	memset(direct_pointer(physical), 0, owner_bytes);
	page_map(OWNER_TABLE, physical, pages_for(owner_bytes), MAP_DATA);
	return percpu_window_create(0);
}

void memory_statistics(struct memory_statistics *statistics)
{
	uint64_t spare_pages;

	frame_count(&statistics->total_pages, &statistics->free_pages);
	heap_count(&statistics->heap_bytes, &statistics->heap_objects, &spare_pages);
	statistics->free_pages += spare_pages + stack_spare_pages();
	statistics->module_pages = module_window_pages();
}
