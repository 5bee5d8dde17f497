/*
 * The CPUs' windows and the owner table. A page of a window is mapped on all CPUs or on none, and
 * counts its users; the first user maps it, the last one unmaps it. The rule that keeps it right:
 * one such change at a time, from before its first page to after its flush, so that a page that is
 * mapped again is never seen through an old translation.
 */
#include <mm/percpu_window.h>

#include <string.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <arch/control.h>
#include <arch/cpu.h>
#include <log/panic.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/heap_internal.h>
#include <mm/page_table.h>
#include <mm/percpu_window_internal.h>
#include <mm/tlb.h>

#define OWNER_ROW 16ul			    /* bytes: a row of the table, a slot's counters */
#define GROUP_SLOTS (PAGE_SIZE / OWNER_ROW) /* owners that share a page */
#define GROUPS (OWNER_SLOTS / GROUP_SLOTS)

#define UNIT 64ul /* of modules' per-CPU data: a cache line */
#define MODULE_BYTES (PERCPU_STRIDE - PERCPU_MODULES)
#define MODULE_PAGES (MODULE_BYTES / PAGE_SIZE)

BUILD_BUG_ON(sizeof(struct module) != OWNER_ROW);

static BITMAP(unit_bits, MODULE_BYTES / UNIT);

/* All of it changes only inside change_begin … change_end. */
static struct {
	const void *image; /* [I] */
	size_t image_size; /* [I] */
	bool present[CPU_LIMIT];
	uint16_t group_users[GROUPS];
	uint16_t page_users[MODULE_PAGES];
	struct address_range units;
} windows = {.units = ADDRESS_RANGE_INIT(unit_bits, MODULE_BYTES / UNIT, false)};

static bool changing; /* [A] */

/*
 * Not a spinlock, since a change flushes the other CPUs: preemption is off and interrupts are on,
 * so the holder is never long away and those who wait still answer.
 */
static void change_begin(void)
{
	for (;;) {
		preempt_disable();
		if (!__atomic_exchange_n(&changing, true, __ATOMIC_ACQUIRE))
			return;
		preempt_enable();
		cpu_pause();
	}
}

static void change_end(void)
{
	__atomic_store_n(&changing, false, __ATOMIC_RELEASE); /* pairs with change_begin */
	preempt_enable();
}

static uint64_t window_address(unsigned cpu, uint64_t offset)
{
	return PERCPU_BASE + cpu * (uint64_t)PERCPU_STRIDE + offset;
}

/* New frames, zeroed, one by one. Undone by page_unmap. */
static int map_zeroed(uint64_t address, size_t pages)
{
	for (size_t page = 0; page < pages; page++) {
		uint64_t physical;

		if (frame_alloc(1, &physical))
			return -ENOMEM;
		memset(direct_pointer(physical), 0, PAGE_SIZE);
		if (page_map(address + page * PAGE_SIZE, physical, 1, MAP_DATA)) {
			frame_free(physical, 1);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Takes the page at @offset out of all windows, also where it is not (after a failure). */
static void unmap_for_all(uint64_t offset, struct tlb_batch *batch)
{
	for (unsigned cpu = 0; cpu < CPU_LIMIT; cpu++) {
		if (windows.present[cpu])
			page_unmap(window_address(cpu, offset), 1, true, batch);
	}
}

static int map_for_all(uint64_t offset)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	int error = 0;

	for (unsigned cpu = 0; !error && cpu < CPU_LIMIT; cpu++) {
		if (windows.present[cpu])
			error = map_zeroed(window_address(cpu, offset), 1);
	}
	if (error) {
		unmap_for_all(offset, &batch);
		tlb_flush(&batch);
	}
	return error;
}

void percpu_window_set_image(const void *image, size_t size)
{
	ASSERT(size <= OWNER_COUNTERS);
	windows.image = image;
	windows.image_size = size;
}

/* All that a window has now, wherever it is. */
static void window_unmap(unsigned cpu, struct tlb_batch *batch)
{
	page_unmap(window_address(cpu, 0), PERCPU_STRIDE / PAGE_SIZE, true, batch);
}

static int window_map(unsigned cpu)
{
	int error = map_zeroed(window_address(cpu, 0), pages_for(windows.image_size));

	for (unsigned group = 0; !error && group < GROUPS; group++) {
		if (windows.group_users[group] > 0)
			error =
			    map_zeroed(window_address(cpu, OWNER_COUNTERS + group * PAGE_SIZE), 1);
	}
	for (unsigned page = 0; !error && page < MODULE_PAGES; page++) {
		if (windows.page_users[page] > 0)
			error =
			    map_zeroed(window_address(cpu, PERCPU_MODULES + page * PAGE_SIZE), 1);
	}
	return error;
}

int percpu_window_create(unsigned cpu)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	int error;

	ASSERT(cpu < CPU_LIMIT && !windows.present[cpu]);
	change_begin();
	error = window_map(cpu);
	if (error) {
		window_unmap(cpu, &batch);
		tlb_flush(&batch);
	} else {
		memcpy((void *)window_address(cpu, 0), windows.image, windows.image_size);
		windows.present[cpu] = true;
	}
	change_end();
	return error;
}

void percpu_window_destroy(unsigned cpu)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	change_begin();
	windows.present[cpu] = false;
	window_unmap(cpu, &batch);
	tlb_flush(&batch);
	change_end();
}

static int group_map(unsigned group)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	int error = heap_slots_open(group);

	if (error)
		return error;
	error = map_zeroed(OWNER_TABLE + group * PAGE_SIZE, 1);
	if (error)
		goto no_row;
	error = map_for_all(OWNER_COUNTERS + group * PAGE_SIZE);
	if (error)
		goto no_counters;
	return 0;

no_counters:
	page_unmap(OWNER_TABLE + group * PAGE_SIZE, 1, true, &batch);
	tlb_flush(&batch);
no_row:
	heap_slots_close(group);
	return error;
}

static void group_unmap(unsigned group)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	page_unmap(OWNER_TABLE + group * PAGE_SIZE, 1, true, &batch);
	unmap_for_all(OWNER_COUNTERS + group * PAGE_SIZE, &batch);
	tlb_flush(&batch);
	heap_slots_close(group);
}

int owner_slot_open(unsigned slot)
{
	unsigned group = slot / GROUP_SLOTS;
	int error = 0;

	ASSERT(slot < OWNER_SLOTS);
	if (fault_injected(__func__))
		return -ENOMEM;
	change_begin();
	if (windows.group_users[group] == 0)
		error = group_map(group);
	windows.group_users[group] += !error;
	change_end();
	return error;
}

void owner_slot_close(unsigned slot)
{
	unsigned group = slot / GROUP_SLOTS;

	change_begin();
	ASSERT(windows.group_users[group] > 0);
	if (--windows.group_users[group] == 0)
		group_unmap(group);
	change_end();
}

/* Gives up the pages first … last - 1 for one user. */
static void pages_leave(size_t first, size_t last)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	for (size_t page = first; page < last; page++) {
		if (--windows.page_users[page] == 0)
			unmap_for_all(PERCPU_MODULES + page * PAGE_SIZE, &batch);
	}
	tlb_flush(&batch);
}

static int pages_enter(size_t first, size_t last)
{
	for (size_t page = first; page < last; page++) {
		if (windows.page_users[page] == 0 &&
		    map_for_all(PERCPU_MODULES + page * PAGE_SIZE)) {
			pages_leave(first, page);
			return -ENOMEM;
		}
		windows.page_users[page]++;
	}
	return 0;
}

static int units_take(size_t units, size_t *first)
{
	int error = address_range_take(&windows.units, units, first);

	if (error)
		return error;
	error = pages_enter(*first * UNIT / PAGE_SIZE, pages_for((*first + units) * UNIT));
	if (error)
		address_range_give(&windows.units, *first, units);
	return error;
}

int percpu_alloc(size_t size, uint64_t *offset)
{
	size_t first;
	int error;

	if (size == 0 || size > MODULE_BYTES || fault_injected(__func__))
		return -ENOMEM;
	change_begin();
	error = units_take(align_up(size, UNIT) / UNIT, &first);
	change_end();
	if (error)
		return error;
	*offset = PERCPU_MODULES + first * UNIT;
	for (unsigned cpu = 0; cpu < CPU_LIMIT; cpu++) {
		if (windows.present[cpu])
			memset((void *)window_address(cpu, *offset), 0, size);
	}
	return 0;
}

void percpu_free(uint64_t offset, size_t size)
{
	size_t first = (offset - PERCPU_MODULES) / UNIT, units = align_up(size, UNIT) / UNIT;

	change_begin();
	pages_leave(first * UNIT / PAGE_SIZE, pages_for((first + units) * UNIT));
	address_range_give(&windows.units, first, units);
	change_end();
}
