#pragma once

#include <kernel/timer.h>

/* Each CPU's queue of timers, and the local APIC's timer that serves it. */

/* On the boot CPU after clock_init and interrupt_init: measures the APIC timer against the clock.
 */
void timer_queue_init(void);
/* On every other CPU when it comes up, interrupts off. */
void timer_queue_init_cpu(void);

/*
 * An armed timer of @owner; NULL when there is none and none of its callbacks runs any more (those
 * that do are waited for). For the sweep, see time/deferred.h. Context: thread.
 */
struct timer *timer_first_of(const struct module *owner);
