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
	struct deferred_queue
	    *queue;	      /* [L] of this queue: whose CPU it waits, runs, or was last on */
	struct module *owner; /* [I] */
	const struct source_location *place; /* [I] */
	/* [A] made of its address: neither zeroed nor a copy. Of init, and of the thread in it. */
	uint64_t mark;
};
