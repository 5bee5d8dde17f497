#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/guard.h>

/*
 * What walk_guarded has on its stack. This CPU's innermost is cpu->guard [P]: pushed and popped in
 * order, since a walk neither sleeps nor is preempted, and interrupts nest.
 */
struct guard {
	const struct guarded *now; /* what is called */
	struct guarded_chain *chain;
	void *argument;
	uint32_t preempt_count, irq_depth; /* in the walk */
	uint64_t spinlocks;		   /* how many this CPU held before it */
	struct call *calls;		   /* the thread's, before it */
	struct guard *outer;
};

_Static_assert(sizeof(struct guarded) == 24 && offsetof(struct guarded_chain, slots) == 8 &&
		   offsetof(struct guard, chain) == 8 && offsetof(struct guard, argument) == 16 &&
		   offsetof(struct guard, preempt_count) == 24 &&
		   offsetof(struct guard, spinlocks) == 32 && offsetof(struct guard, outer) == 48 &&
		   sizeof(struct guard) == 56,
	       "guard.asm");

/* Where the frame of a fault is made to return to, with rsp at the record. */
void walk_guarded_fault(void);
