#pragma once

#include <stdint.h>

#include <lib/list.h>

#include <kernel/source_location.h>

struct module;
struct deferred_queue;

/* What a timer and a work have in common; the kernel's own (time/deferred.h has the rules). */
struct deferred {
	struct list_node node; /* [L] */
	uint64_t due;	       /* [L] for timers, ns of time_now(); for work 0 */
	uint64_t runs;	       /* [L] how often it has begun to run */
	uint32_t cancels;      /* [L] of work: how many threads wait for its end; none queues it */
	struct deferred_queue *queue; /* [L] its own: where it waits, runs, or was last */
	/* Written by init alone, before it makes the mark or with the queue locked: a reader that
	 * finds the mark, with the lock, finds them whole. */
	const void *function; /* as the kind's own init takes it */
	void *argument;	      /* a timer's */
	struct module *owner;
	const struct source_location *place;
	/* [A] Made of its address, so that neither zeroed memory nor a copy has it. Written by
	 * init, by compare-exchange where there is none yet; one that has been made stays. */
	uint64_t mark;
};
