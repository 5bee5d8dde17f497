#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The quiet word of a CPU, cpu->quiet: says that it is idle in HLT and what it does before anything
 * else when it wakes. Others set duties in it by compare-exchange, and only while QUIET_IDLE is
 * there, so that a CPU that sleeps is neither woken nor waited for. The head of smp/quiet.c argues
 * why that is enough.
 */
#define QUIET_IDLE 0x1u	   /* between quiet_enter and quiet_leave: touches nothing shared */
#define QUIET_CLAIMED 0x2u /* counts as stopped; waits for the release before it leaves */
#define QUIET_FLUSH 0x4u   /* drops its whole TLB before it leaves */

/*
 * True: CPU @cpu is idle and will flush its TLB before it touches anything else. False: it must be
 * interrupted. Never this CPU. Context: any with preemption off.
 */
bool quiet_defer_flush(unsigned cpu);

/* The idle loop, interrupts off: says idle (a full barrier); and not idle any more, duties done. */
void quiet_enter(void);
void quiet_leave(void);

/* The stop's: claims an idle CPU (false: it is not idle); releases it, with @flush owing a flush.
 */
bool quiet_claim(unsigned cpu);
void quiet_release(unsigned cpu, bool flush);
