#pragma once

#include <kernel/cpu_call.h>

#include <lib/bitmap.h>

#include <arch/cpu.h>

/*
 * One CPU interrupts another. Calls run in interrupt context there, one at a time from each CPU,
 * and are always waited for; a CPU that is parked in a stop that is still being gathered serves
 * them too, so a call never waits for a stop and a stop always ends (see smp/stop.c).
 */

/* A set of CPUs, bit n for CPU n; <lib/bitmap.h> works on it. Not atomic. */
struct cpu_mask {
	BITMAP(bits, CPU_LIMIT);
};

/* Hooks the vectors; once, on the boot CPU, after interrupt_init. */
void ipi_init(void);

/* Raises @vector on CPU @cpu. VECTOR_RESCHEDULE makes it look whether it should run another thread,
 * VECTOR_WAKE ends a halt and gets through while it is parked. Any context. */
void ipi_send(unsigned cpu, unsigned vector);
/*
 * cpu_call on each member of @mask, this CPU left out or not, all at once, of a function of @owner;
 * 0 when all have run it. Context: thread or atomic with interrupts on, no spinlock held.
 */
int cpu_call_mask(const struct cpu_mask *mask, struct module *owner,
		  void (*function)(void *argument), void *argument);

/* For smp/stop.c: runs what others have asked of this CPU. Interrupts off. */
void ipi_serve_calls(void);
