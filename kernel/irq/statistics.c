/*
 * The rows of `irqs`: lines that have handlers or have had interrupts, then the local APIC's own
 * vectors and the NMI. Numbers are read while they move; each is right by itself.
 */
#include <kernel/statistics.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/preempt.h>

#include <irq/interrupt.h>
#include <irq/line.h>

#include "interrupt_internal.h"

static uint64_t fill_counts(struct irq_row *row, unsigned vector)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < cpu_count() && cpu < ARRAY_SIZE(row->counts); cpu++) {
		row->counts[cpu] = interrupt_count(cpu, vector);
		sum += row->counts[cpu];
	}
	return sum;
}

/* Fills the row for a vector; false when there is nothing to show. */
static bool describe(unsigned vector, struct irq_row *row)
{
	memset(row, 0, sizeof(*row));
	if (vector >= VECTOR_LINE && vector <= VECTOR_LINE_LAST) {
		unsigned line = vector - VECTOR_LINE;
		bool handled = line_describe(line, row->handlers, sizeof(row->handlers));

		snprintf(row->name, sizeof(row->name), "%u", line);
		return fill_counts(row, vector) != 0 || handled;
	}
	fill_counts(row, vector);
	if (vector == TRAP_NMI)
		snprintf(row->name, sizeof(row->name), "NMI");
	else if (interrupt_name(vector))
		snprintf(row->name, sizeof(row->name), "%s", interrupt_name(vector));
	return row->name[0] != '\0';
}

int irq_describe(unsigned index, struct irq_row *row)
{
	for (unsigned vector = VECTOR_LINE; vector <= VECTOR_SPURIOUS; vector++) {
		if (describe(vector, row) && index-- == 0)
			return 0;
	}
	if (index != 0)
		return -ENOENT;
	describe(TRAP_NMI, row);
	return 0;
}
EXPORT_SYMBOL(irq_describe);
