/*
 * Kernel stacks, in a window of their own: slot n of it is STACK_STRIDE bytes, the lower half
 * absent, the upper half the stack. So any address tells whether it is in a guard. Each is mapped
 * when its thread is made and gone when it ends; nothing is kept.
 */
#include <mm/stack.h>

#include <lib/bitmap.h>
#include <lib/errno.h>

#include <kernel/spinlock.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/page_table.h>
#include <mm/stack_internal.h>
#include <mm/tlb.h>

#define STACK_WINDOW 0xffffc00020000000ul /* above the vmap window */
#define STACK_STRIDE (2 * STACK_SIZE)
#define STACK_LIMIT 16384ul

static BITMAP(stack_bits, STACK_LIMIT);
static struct address_range stack_range = ADDRESS_RANGE_INIT(stack_bits, STACK_LIMIT, false);
static DEFINE_SPINLOCK(stack);
static size_t stacks; /* [L] */

static int slot_take(size_t *slot)
{
	int error;

	spin_lock(&stack);
	error = address_range_take(&stack_range, 1, slot);
	stacks += !error;
	spin_unlock(&stack);
	return error;
}

static void slot_give(size_t slot)
{
	spin_lock(&stack);
	address_range_give(&stack_range, slot, 1);
	stacks--;
	spin_unlock(&stack);
}

int stack_alloc(uint64_t *top)
{
	uint64_t physical, end;
	size_t slot;
	int error;

	if (fault_injected(__func__))
		return -ENOMEM;
	error = slot_take(&slot);
	if (error)
		return error;
	end = STACK_WINDOW + (slot + 1) * STACK_STRIDE;
	error = frame_alloc(STACK_PAGES, &physical);
	if (error)
		goto no_frames;
	error = page_map(end - STACK_SIZE, physical, STACK_PAGES, MAP_DATA);
	if (error)
		goto not_mapped;
	*top = end;
	return 0;

not_mapped:
	frame_free(physical, STACK_PAGES);
no_frames:
	slot_give(slot);
	return error;
}

void stack_free(uint64_t top)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	page_unmap(top - STACK_SIZE, STACK_PAGES, true, &batch);
	tlb_flush(&batch);
	slot_give((top - STACK_WINDOW) / STACK_STRIDE - 1);
}

bool stack_guard_hit(uint64_t address)
{
	if (address < STACK_WINDOW || address >= STACK_WINDOW + STACK_LIMIT * STACK_STRIDE)
		return false;
	return address % STACK_STRIDE < STACK_STRIDE - STACK_SIZE;
}

size_t stack_count(void)
{
	return stacks;
}
