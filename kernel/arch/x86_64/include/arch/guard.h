#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/guard.h>

/*
 * Calls that exception 1 of the guide lets go without a reference: hooks, interrupt handlers,
 * timers. They never sleep, so what a fault needs to come back is one record on this CPU for a
 * whole walk, not one on the thread for each call.
 */
struct module;

struct guarded {
	const void *function; /* [A] int (void *object, void *argument); read once */
	const void *object;
	struct module *owner; /* what a fault in it is blamed on */
};

struct guarded_chain {
	uint64_t count; /* at least 1 */
	struct guarded slots[];
};

/* A chain of one, on the caller's stack. */
struct guarded_one {
	uint64_t count;
	struct guarded slot;
};

/* The same with all that the callee must leave as it found it compared at the end. Where there are
 * threads: what runs before that calls the kernel's own functions bare. */
int call_guarded(struct guarded_one *one, void *argument);

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
