#pragma once

#include <stdint.h>

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

/*
 * Calls each slot of *@chain, which may be NULL, until one returns other than 0; returns that or 0.
 * All of it, from reading *@chain on, is one preemption-off section. A fault in a slot ends that
 * one, as if it had returned 0, and fails its owner (bus/containment.c). Context: any but nmi.
 */
int walk_guarded(struct guarded_chain *const *chain, void *argument);
/* The same for one slot, with all that the callee must leave as it found it compared at the end.
 * Where there are threads: what runs before that calls the kernel's own functions bare. */
int call_guarded(struct guarded_one *one, void *argument);
