#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/timer.h>

/* Each CPU's queue of timers, and the local APIC's timer that serves it. */

/* On the boot CPU after clock_init and interrupt_init: measures the APIC timer against the clock.
 */
void timer_queue_init(void);
/* On every other CPU when it comes up, interrupts off. */
void timer_queue_init_cpu(void);

/*
 * Asked, with the queue's lock held, before a timer with an owner is armed: 0, or the error that
 * timer_start returns. The bus sets it once, at boot.
 */
void timer_set_admission(int (*admit)(const struct module *owner, const void *function));
/*
 * An armed timer of @owner; NULL when there is none and none of its callbacks runs any more (those
 * that do are waited for). For the sweep, which cancels each until there is none: with admission
 * refused none comes after it. Context: thread.
 */
struct timer *timer_first_of(const struct module *owner);

/* The scheduler's slice: calls the handler in interrupt context on this CPU once time_now() passes
 * @deadline (0: never). One for each CPU, not a timer, in no statistics. Preemption off. */
void slice_set(uint64_t deadline);
void slice_set_handler(void (*handler)(void));
