/*
 * Kernel stacks. Each is mapped when its thread is made and gone when it ends; nothing is kept.
 */
#include <mm/stack.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/mm_internal.h>
#include <mm/page_table.h>

#define STACK_SHARE 16 /* all stacks are this part of RAM at most */
#define STACK_UNIT 16  /* what one page table maps */

static BITMAP(stack_bits, STACK_LIMIT);
static struct address_range stacks = ADDRESS_RANGE_INIT("stack", stack_bits, 0, false);

size_t stack_window_init(size_t frames)
{
	stacks.units = min(align_up(frames / STACK_SHARE / STACK_PAGES, STACK_UNIT), STACK_LIMIT);
	return stacks.units;
}

int stack_alloc(uint64_t *top)
{
	uint64_t physical;
	size_t slot;

	if (fault_injected(__func__) || address_range_take(&stacks, 1, &slot))
		return -ENOMEM;
	if (frame_alloc(STACK_PAGES, &physical)) {
		address_range_give(&stacks, slot, 1);
		return -ENOMEM;
	}
	*top = STACK_WINDOW + (slot + 1) * STACK_STRIDE;
	page_map(*top - STACK_SIZE, physical, STACK_PAGES, MAP_DATA);
	return 0;
}

void stack_free(uint64_t top)
{
	uint64_t physical;

	page_look_up(top - STACK_SIZE, &physical);
	page_unmap(top - STACK_SIZE, STACK_PAGES);
	frame_free(physical, STACK_PAGES);
	address_range_give(&stacks, (top - STACK_WINDOW) / STACK_STRIDE - 1, 1);
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
