#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/stop.h>

#include <mm/stack.h>

struct trap_frame;

/*
 * The other ends of a stop; stop_machine itself is public. smp/stop.c tells how it works, and why a
 * CPU that is idle in HLT need neither be woken nor waited for.
 */

/* From the stopped function: every other CPU drops its whole TLB before it leaves this stop. The
 * initiator's own is the caller's business. */
void stop_flush_others(void);

/*
 * The scheduler's: does a stop wait for this CPU, and take part in it. stop_answer returns after
 * the release. Interrupts off, preempt count at most the caller's own 1.
 */
bool stop_waits(void);
void stop_answer(void);

/*
 * Where the stack of what CPU @cpu was running is in use from, for code that looks through stacks
 * while the machine is stopped: all registers of the interrupted code lie above it. Not of an idle
 * CPU.
 */
uint64_t stop_stack_pointer(unsigned cpu);

/*
 * True: CPU @cpu is idle and will drop its whole TLB before it touches anything else. False: it
 * must be interrupted. Never this CPU. Context: any with preemption off.
 */
bool idle_defer_flush(unsigned cpu);
/* Drops the TLB if that is owed: first of all when this CPU does something for another. */
void idle_flush_owed(void);

/* The idle loop, interrupts off: says idle (a full barrier). idle_leave: <irq/interrupt.h>. */
void idle_enter(void);

/* The handler of VECTOR_STOP. */
void stop_interrupted(struct trap_frame *frame);
