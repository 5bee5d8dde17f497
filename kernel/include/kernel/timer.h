#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/deferred.h>

/*
 * Interface `timer`: the callback runs in interrupt context on the CPU that armed it and must not
 * sleep. A timer is its owner's own business: it takes no reference, runs from arming until
 * cancelled, also during init and exit. Armed timers are in the ledger; what exit forgets is
 * cancelled, and waited for, with a warning. Freeing an armed timer is a bug.
 */
struct timer {
	struct deferred item; /* due at ns of time_now() */
	uint64_t period;      /* [L] 0: once */
};

#define timer_init(timer, function, argument)                                                      \
	timer_init_at(timer, function, argument, THIS_MODULE, HERE)
/* Once it is armed it lies in data or a live heap object of its owner. While it is armed this is
 * refused, with a line in the log. */
void timer_init_at(struct timer *timer, void (*function)(struct timer *, void *), void *argument,
		   struct module *owner, const struct source_location *place);

/* Arms (or moves) it to fire once after @delay, or every @period. Any context but nmi. 0 or -EINVAL
 * (not initialised, not in memory that stays, or its callback not in the owner's text; the log says
 * which), -ESHUTDOWN while its owner's sweep runs. */
int timer_start(struct timer *timer, uint64_t delay);
int timer_start_periodic(struct timer *timer, uint64_t period);
/* After it returns the callback neither runs nor will. True if it was armed. Thread context. In the
 * timer's own callback it only takes the timer out (a periodic one ends) and does not wait. Nor
 * does it elsewhere where sleeping is forbidden, which is told in the log: another callback that
 * runs may be waiting for this one. */
bool timer_cancel(struct timer *timer);
