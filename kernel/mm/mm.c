/*
 * Bringing memory up, in the order in which each part can stand on the one before: states of
 * frames, the frames that boot's tables reach, the final tables, the other frames, the heap, the
 * window of the first CPU.
 */
#include <mm/mm.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/statistics.h>

#include <mm/frame_internal.h>
#include <mm/heap_internal.h>
#include <mm/memory_map.h>
#include <mm/module_window_internal.h>
#include <mm/page_table_internal.h>
#include <mm/percpu_window.h>
#include <mm/percpu_window_internal.h>
#include <mm/stack_internal.h>

#define BOOT_REACH 0x40000000ull /* what boot's tables map at DIRECT_MAP */
#define LOADER_SIZE 0x100000ull

static size_t total_pages; /* [I] */

static struct {
	uint64_t physical;
	size_t pages;
} identity;

/* Where the states of frames live: the first unreserved RAM that has room. */
static int place_states(const struct mm_boot *boot, size_t bytes, uint64_t *physical)
{
	struct memory_piece piece = {0};
	unsigned index = 0;

	while (memory_map_next(boot, true, &index, &piece)) {
		if (piece.start < 0x100000 || piece.start + bytes > min(piece.end, BOOT_REACH))
			continue;
		*physical = piece.start;
		return 0;
	}
	return -ENOMEM;
}

/*
 * Adds the unreserved frames from @from to @to, but for the states' own. Where these begin is the
 * RAM that GRUB uses, and its allocator starts from the end: its code is kept back.
 */
static void add_frames(const struct mm_boot *boot, uint64_t from, uint64_t to, uint64_t states,
		       uint64_t states_end)
{
	struct memory_piece piece = {0};
	unsigned index = 0;

	while (memory_map_next(boot, true, &index, &piece)) {
		uint64_t start = max(piece.start, from), end = min(piece.end, to);

		if (start == states)
			start = states_end;
		if (piece.start == states && piece.end == end && end > start + 16 * LOADER_SIZE) {
			end -= LOADER_SIZE;
			frame_keep_back(end, LOADER_SIZE / PAGE_SIZE);
		}
		if (start < end)
			frame_add(start, (end - start) / PAGE_SIZE);
	}
}

static size_t count_pages(const struct mm_boot *boot)
{
	struct memory_piece piece = {0};
	unsigned index = 0;
	size_t pages = 0;

	while (memory_map_next(boot, false, &index, &piece))
		pages += (piece.end - piece.start) / PAGE_SIZE;
	return pages;
}

int mm_init(const struct mm_boot *boot)
{
	size_t frames = memory_map_top(boot) / PAGE_SIZE;
	size_t bytes = align_up(frames * sizeof(uint16_t), PAGE_SIZE);
	uint64_t states;
	int error = place_states(boot, bytes, &states);

	if (error)
		return error;
	total_pages = count_pages(boot);
	frame_init(direct_pointer(states), frames);
	add_frames(boot, 0, BOOT_REACH, states, states + bytes);
	error = page_table_init(boot);
	if (error)
		return error;
	add_frames(boot, BOOT_REACH, UINT64_MAX, states, states + bytes);
	heap_init();
	percpu_window_set_image(boot->percpu_image, boot->percpu_size);
	error = percpu_window_create(0);
	if (error)
		return error;
	return owner_slot_open(0);
}

int mm_identity_open(uint64_t physical, size_t pages)
{
	int error = page_map(physical, physical, pages, MAP_TEXT);

	if (error)
		return error;
	identity.physical = physical;
	identity.pages = pages;
	return 0;
}

void mm_identity_close(void)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	page_unmap(identity.physical, identity.pages, false, &batch);
	tlb_flush(&batch);
}

int mm_settle(void)
{
	return page_table_reserve();
}

void memory_statistics(struct memory_statistics *statistics)
{
	struct heap_totals heap;

	heap_count(&heap);
	statistics->free_pages = frame_free_count() + heap.spare_pages;
	statistics->total_pages = total_pages;
	statistics->heap_bytes = heap.bytes;
	statistics->heap_objects = heap.objects;
	statistics->module_pages = module_window_pages();
	statistics->kernel_stacks = stack_count();
}
EXPORT_SYMBOL(memory_statistics);
