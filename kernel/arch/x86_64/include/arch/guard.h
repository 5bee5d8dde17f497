#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/guard.h>

/*
 * What walk_guarded has on its stack. This CPU's innermost is cpu->guard [P]: pushed and popped in
 * order, since a walk neither sleeps nor is preempted, and interrupts nest.
 */
struct guard {
	struct guard *outer;
	uint64_t left; /* slots, from the first one of the row, or the one, that is called */
	struct guarded_chain *chain;
	void *argument;
	uint32_t preempt_count, irq_depth; /* in the walk */
	uint64_t spinlocks;		   /* how many this CPU held before it */
	struct call *calls;		   /* the thread's, before it */
};
#define GUARD_ROW 8u /* slots that are called without writing the record */

_Static_assert(sizeof(struct guarded) == 24 && offsetof(struct guarded_chain, slots) == 8 &&
		   offsetof(struct guard, left) == 8 && offsetof(struct guard, chain) == 16 &&
		   offsetof(struct guard, argument) == 24 &&
		   offsetof(struct guard, preempt_count) == 32 &&
		   offsetof(struct guard, spinlocks) == 40 && sizeof(struct guard) == 56 &&
		   GUARD_ROW == 8,
	       "guard.asm");

/* Where the calls of a row return to. */
extern const uint64_t walk_guarded_returns[GUARD_ROW];

/* The first slot that is left; the last one of all when none is. */
static inline const struct guarded *guard_first_left(const struct guard *guard)
{
	uint64_t left = guard->left ? guard->left : 1;

	return &guard->chain->slots[guard->chain->count - left];
}

/* What is called now; NULL: a callee of a row has written over where it returns to. */
static inline const struct guarded *guard_now(const struct guard *guard)
{
	const struct guarded *first = guard_first_left(guard);

	if (guard->left < GUARD_ROW)
		return first;
	for (unsigned i = 0; i < GUARD_ROW; i++)
		if (((const uint64_t *)guard)[-1] == walk_guarded_returns[i])
			return first + i;
	return NULL;
}

/* Where the frame of a fault is made to return to, with rsp at the record. */
void walk_guarded_fault(void);
