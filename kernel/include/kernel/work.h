#pragma once

#include <stdbool.h>

#include <kernel/deferred.h>

/*
 * Interface `work`: a function to run once, soon, in a kernel thread of this CPU, where it may
 * sleep. Like a timer it is its owner's own business; queued work is in the ledger.
 */
struct work {
	struct deferred item;
};

#define work_init(work, function) work_init_at(work, function, THIS_MODULE, HERE)
void work_init_at(struct work *work, void (*function)(struct work *), struct module *owner,
		  const struct source_location *place);
/* True if newly queued; false if it was queued already or is being cancelled, or, with a line in
 * the log, if it is not initialised, not in memory that stays, or its function not in the owner's
 * text. Any context but nmi. */
bool work_queue(struct work *work);
/* After it returns the function neither runs nor will. True if it was queued. Thread context. */
bool work_cancel(struct work *work);
/* Waits for the run that is queued or under way, not for one that is asked for later. Thread
 * context. On the worker that has the item it would wait for itself: it does not wait then, and
 * says so in the log. */
void work_flush(struct work *work);
