#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/stop.h>

/* The stop's other ends; stop_machine itself is public. smp/stop.c tells how it works. */

/* From the stopped function: every other CPU drops its whole TLB before it leaves this stop. The
 * initiator's own is the caller's business. */
void stop_flush_others(void);
bool stop_is_under_way(void); /* is the caller the function of a stop, or called by it? */

/*
 * The scheduler's: does a stop wait for this CPU, and take part in it. stop_answer returns after
 * the release. Interrupts off, preempt count at most the caller's own 1.
 */
bool stop_waits(void);
void stop_answer(void);

/*
 * Where the stack of what CPU @cpu was running is in use from, for who looks through stacks while
 * the machine is stopped: all registers of the interrupted code lie above it. 0: it is idle.
 */
uint64_t stop_stack_pointer(unsigned cpu);

void stop_init(void); /* after ipi_init */
