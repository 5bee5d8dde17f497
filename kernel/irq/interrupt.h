#pragma once

#include <stdint.h>

#include <arch/trap.h>

/*
 * Vectors from 32 on. The local APIC's own (class 0xe and 0xf) are acknowledged before their
 * handler runs, lines after it. Handlers run with interrupts off and the preempt count raised;
 * when the interrupted code can be preempted and something is wanted, that happens on the way out.
 */
#define VECTOR_PIC 0x20	 /* 16: where the 8259s are moved to; they stay masked */
#define VECTOR_LINE 0x30 /* + line number */
#define VECTOR_LINE_LAST 0xdf
#define VECTOR_TIMER 0xe0
#define VECTOR_RESCHEDULE 0xe1
#define VECTOR_LOG 0xe2 /* to this CPU itself: records wait (interface/log_reader.c) */
#define VECTOR_STOP 0xe3
/* Class 0xf: the only ones that reach a CPU parked in a stop, whose CR8 is CR8_PARKED. */
#define VECTOR_WAKE 0xf0
#define VECTOR_CALL 0xf1
#define VECTOR_SPURIOUS 0xff
#define CR8_PARKED 0xe

/*
 * What entry.asm calls for vectors from 32 on, on the interrupt stack, with @frame at its top:
 * where one past the end of the frame goes, on the stack of what was interrupted, or, when that has
 * no room and its call cannot be ended, on this one. Core, which can end a call, defines it. Then,
 * with the frame there, interrupt_dispatch.
 */
uint64_t interrupt_place(struct trap_frame *frame);
void interrupt_dispatch(struct trap_frame *frame);
/* Smp's, first of all on every interrupt, and in the idle loop, interrupts off: this CPU is not
 * idle any more, and has done what others have asked of an idle one. */
void idle_leave(void);
/* Runs @handler (NULL: nothing) for @vector from now on; boot only. @name for irq_describe,
 * constant.
 */
void interrupt_set_handler(unsigned vector, const char *name,
			   void (*handler)(struct trap_frame *frame));

/*
 * sched's: ends the section that an interrupt's handler is, interrupts off. If nothing is left of
 * the count and something is wanted, it happens here, on the stack of what was interrupted (an
 * interrupt that arrives had interrupts on, so they may come on again). When @frame has stayed on
 * the interrupt stack it is left to the next interrupt.
 */
void preempt_leave_interrupt(const struct trap_frame *frame);

/* How often CPU @cpu has taken @vector. Context: any. */
uint64_t interrupt_count(unsigned cpu, unsigned vector);
const char *interrupt_name(unsigned vector); /* NULL: it is free */
