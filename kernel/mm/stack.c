/*
 * Kernel stacks. A few that are given back stay mapped for the next threads, so that a thread that
 * comes and goes costs no TLB shootdown; they count as free, and are unmapped when frames run out.
 * Under `debug` none is kept: what still uses one faults.
 */
#include <mm/stack.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/boot.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>

#include <arch/control.h>
#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/mm_internal.h>
#include <mm/page_table.h>

#define STACK_SHARE 16 /* all stacks are this part of RAM at most */
#define STACK_UNIT 16  /* what one page table maps */
#define STACKS_KEPT 8u

static BITMAP(stack_bits, STACK_LIMIT);
static struct address_range stacks = ADDRESS_RANGE_INIT("stack", stack_bits, 0, false);

size_t stack_window_init(size_t frames)
{
	stacks.units = min(align_up(frames / STACK_SHARE / STACK_PAGES, STACK_UNIT), STACK_LIMIT);
	return stacks.units;
}

/* Kept stacks, by their tops. */
static struct {
	struct spinlock lock;
	unsigned count;		    /* [L] */
	uint64_t tops[STACKS_KEPT]; /* [L] the last is taken first */
} kept = {.lock = SPINLOCK_INIT("kept_stacks")};

/* 0: none is kept. */
static uint64_t kept_take(void)
{
	uint64_t top = 0;

	spin_lock(&kept.lock);
	if (kept.count > 0)
		top = kept.tops[--kept.count];
	spin_unlock(&kept.lock);
	return top;
}

static bool kept_add(uint64_t top)
{
	bool room;

	spin_lock(&kept.lock);
	room = kept.count < STACKS_KEPT && !debug_enabled;
	if (room)
		kept.tops[kept.count++] = top;
	spin_unlock(&kept.lock);
	return room;
}

int stack_alloc(uint64_t *top)
{
	uint64_t physical;
	size_t slot;

	if (fault_injected(__func__))
		return -ENOMEM;
	*top = kept_take();
	if (*top)
		return 0;
	if (address_range_take(&stacks, 1, &slot))
		return -ENOMEM;
	if (frame_alloc(STACK_PAGES, &physical)) {
		address_range_give(&stacks, slot, 1);
		return -ENOMEM;
	}
	*top = STACK_WINDOW + (slot + 1) * STACK_STRIDE;
	page_map(*top - STACK_SIZE, physical, STACK_PAGES, MAP_DATA);
	return 0;
}

static void unmap(uint64_t top)
{
	uint64_t physical;

	page_look_up(top - STACK_SIZE, &physical);
	page_unmap(top - STACK_SIZE, STACK_PAGES);
	frame_free(physical, STACK_PAGES);
	address_range_give(&stacks, (top - STACK_WINDOW) / STACK_STRIDE - 1, 1);
}

void stack_free(uint64_t top)
{
	if (!kept_add(top))
		unmap(top);
}

bool stack_give_back_spare(void)
{
	bool any = false;
	uint64_t top;

	/* A holder of a spinlock must not wait for CPUs that may be waiting for the lock. */
	while (irq_enabled() && preempt_count() == 0 && (top = kept_take())) {
		unmap(top);
		any = true;
	}
	return any;
}

size_t stack_spare_pages(void)
{
	return READ_ONCE(kept.count) * STACK_PAGES;
}

/* The slot that @address lies in or one past the end of; STACK_LIMIT: in none. */
static uint64_t slot_of(uint64_t address)
{
	return min((address - 1 - STACK_WINDOW) / STACK_STRIDE, STACK_LIMIT);
}

bool stack_guard_hit(uint64_t address)
{
	return slot_of(address + 1) < STACK_LIMIT &&
	       address % STACK_STRIDE < STACK_STRIDE - STACK_SIZE;
}

bool stack_is_full(uint64_t pointer)
{
	return slot_of(pointer) < STACK_LIMIT &&
	       (pointer - 1) % STACK_STRIDE < STACK_STRIDE - STACK_SIZE + STACK_ROOM;
}

bool stack_same(uint64_t a, uint64_t b)
{
	return slot_of(a) == slot_of(b);
}
