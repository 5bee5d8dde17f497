#pragma once

#include <kernel/timer.h>

/* Each CPU's queue of timers, and the local APIC's timer that serves it. */

/* On the boot CPU after clock_init and interrupt_init: measures the APIC timer against the clock.
 */
void timer_queue_init(void);
/* On every other CPU when it comes up, interrupts off. */
void timer_queue_init_cpu(void);

/*
 * For the sweep, see deferred_take_of: takes an armed timer of @owner out and tells its place;
 * false when there is none. timer_drain waits until none of its callbacks runs. Context: thread.
 */
bool timer_take_of(const struct module *owner, const struct source_location **place);
void timer_drain(const struct module *owner);
