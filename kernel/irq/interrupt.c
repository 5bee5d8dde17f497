/*
 * Where interrupts arrive: the table of handlers by vector and what is done around each, on the
 * CPU's interrupt stack. No thread is switched away from there: that is the last thing, and is done
 * on the thread's own stack when the handler has returned. The one
 * rule: nothing comes before the look at the quiet word but the acknowledgement of the local APIC's
 * own vectors, which have to be out of the way should this CPU have to wait there for a stop to end
 * (smp/stop.c).
 */
#include <irq/interrupt.h>

#include <lib/compiler.h>

#include <arch/cpu.h>
#include <arch/lapic.h>
#include <irq/line.h>

static struct {
	const char *name;
	void (*handle)(struct trap_frame *frame);	    /* NULL: nothing to be done */
} vectors[VECTORS] = {[VECTOR_SPURIOUS].name = "spurious"}; /* [I] after boot */

void interrupt_set_handler(unsigned vector, const char *name,
			   void (*handler)(struct trap_frame *frame))
{
	vectors[vector].name = name;
	vectors[vector].handle = handler;
}

void interrupt_dispatch(struct trap_frame *frame)
{
	struct cpu *cpu = cpu_this();
	unsigned vector = (unsigned)frame->vector;

	if (vector >= VECTOR_TIMER && vector != VECTOR_SPURIOUS)
		lapic_eoi();
	idle_leave();
	preempt_disable();
	cpu->irq_depth++;
	this_cpu_pointer(trap_counts)->of[vector]++;
	if (vectors[vector].handle) {
		vectors[vector].handle(frame); /* bare: the kernel's own, set at boot */
	} else if (vector >= VECTOR_LINE && vector <= VECTOR_LINE_LAST) {
		line_handle(vector - VECTOR_LINE);
		lapic_eoi();
	}
	cpu->irq_depth--;
}

uint64_t interrupt_count(unsigned cpu, unsigned vector)
{
	return READ_ONCE(per_cpu(trap_counts, cpu).of[vector]);
}

const char *interrupt_name(unsigned vector)
{
	return vectors[vector].name;
}
