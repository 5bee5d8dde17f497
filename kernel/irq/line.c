/*
 * Lines: chains of handlers that interrupts walk without a lock. The one rule: a handler is
 * published by one store when all of it is written, unlinked by one store, and its own link stays
 * as it was until every CPU has been stopped once; so a walk always ends, whatever it meets.
 */
#include <irq/line.h>

#include <string.h>

#include <lib/compiler.h>

#include <kernel/guard.h>
#include <kernel/irq.h>
#include <kernel/spinlock.h>
#include <kernel/statistics.h>

#include <irq/interrupt.h>
#include <irq/ioapic.h>

#define STORM 10000 /* interrupts in a row that no handler claims: the line is masked */

static struct line {
	struct irq_handler *first; /* [A] changed with the lock */
	/* [P] Counted by the CPU that the line is sent to; a count that is lost where a handler
	 * comes or goes, which zeroes it with the lock, is counted again. */
	uint32_t unclaimed;
	bool message; /* [A] only ever set: no wire leads to it, devices write it */
} lines[LINES];
static DEFINE_SPINLOCK(line_lock);

/* Exception 1: what takes a handler out makes a stop. The bus has looked at the function. */
static int call_handler(struct irq_handler *handler)
{
	const struct registration *registration = &handler->registration;
	const void *function = registration->operations[OPERATION(irq, handle)];
	struct guarded_one one = {1, {function, handler, registration->owner}};

	return call_guarded(&one, NULL);
}

void line_handle(unsigned number)
{
	struct line *line = &lines[number];
	struct irq_handler *handler = __atomic_load_n(&line->first, __ATOMIC_ACQUIRE);
	bool claimed = false;

	while (handler) {
		claimed |= call_handler(handler) == IRQ_HANDLED;
		handler = __atomic_load_n(&handler->next, __ATOMIC_ACQUIRE);
	}
	line->unclaimed = claimed ? 0 : line->unclaimed + 1;
	if (line->unclaimed != STORM)
		return;
	ioapic_mask(number);
	printk(KERN_ERR "irq: line %u masked: %u interrupts in a row that no handler claims\n",
	       number, STORM);
}

bool line_is_there(unsigned number)
{
	return number < LINES && (ioapic_has_line(number) || READ_ONCE(lines[number].message));
}

bool line_take_message(unsigned number)
{
	if (number >= LINES || ioapic_has_line(number))
		return false;
	WRITE_ONCE(lines[number].message, true);
	return true;
}

/* Where the pointer to @handler stands, or, when it is not in the chain, the pointer at its end. */
static struct irq_handler **find_link(struct line *line, const struct irq_handler *handler)
{
	struct irq_handler **link = &line->first;

	while (*link && *link != handler)
		link = &(*link)->next;
	return link;
}

void line_add(struct irq_handler *handler)
{
	unsigned number = READ_ONCE(handler->line);
	struct irq_handler **link;
	struct line *line;
	uint64_t flags;

	if (!line_is_there(number))
		return;
	line = &lines[number];
	flags = spin_lock_irqsave(&line_lock);
	link = find_link(line, handler);
	if (!*link) {
		handler->next = NULL;
		__atomic_store_n(link, handler, __ATOMIC_RELEASE); /* to line_handle's loads */
		line->unclaimed = 0;
		ioapic_unmask(number, (uint8_t)(VECTOR_LINE + number));
	}
	spin_unlock_irqrestore(&line_lock, flags);
}

/* Looks in all of them: the module may have written another number over the handler's since. A line
 * that was masked since it did not claim is for those that stay again. */
void line_remove(struct irq_handler *handler)
{
	uint64_t flags = spin_lock_irqsave(&line_lock);
	struct irq_handler **link;

	for (unsigned number = 0; number < LINES; number++) {
		link = find_link(&lines[number], handler);
		if (!*link)
			continue;
		__atomic_store_n(link, handler->next, __ATOMIC_RELEASE);
		lines[number].unclaimed = 0;
		if (lines[number].first)
			ioapic_unmask(number, (uint8_t)(VECTOR_LINE + number));
		else
			ioapic_mask(number);
	}
	spin_unlock_irqrestore(&line_lock, flags);
}

/* The names of its handlers, comma-separated; false when it has none. */
static bool describe_handlers(unsigned number, struct irq_row *row)
{
	uint64_t flags = spin_lock_irqsave(&line_lock);
	struct irq_handler *handler = lines[number].first;
	size_t used = 0, size = sizeof(row->handlers);
	bool any = handler != NULL;

	for (; handler; handler = handler->next) {
		used += (size_t)snprintf(row->handlers + used, size - used, "%s%pE",
					 used ? "," : "", handler->name);
		used = min(used, size - 1);
	}
	spin_unlock_irqrestore(&line_lock, flags);
	return any;
}

/* Numbers are read while they move; each is right by itself. */
int irq_describe(unsigned vector, struct irq_row *row)
{
	const char *name = vector == TRAP_NMI ? "NMI" : interrupt_name(vector);
	uint64_t sum = 0;

	memset(row, 0, sizeof(*row));
	for (unsigned cpu = 0; cpu < cpu_count() && cpu < ARRAY_SIZE(row->counts); cpu++) {
		row->counts[cpu] = interrupt_count(cpu, vector);
		sum += row->counts[cpu];
	}
	if (vector >= VECTOR_LINE && vector <= VECTOR_LINE_LAST) {
		snprintf(row->name, sizeof(row->name), "%u", vector - VECTOR_LINE);
		return describe_handlers(vector - VECTOR_LINE, row) || sum != 0 ? 0 : -ENOENT;
	}
	snprintf(row->name, sizeof(row->name), "%s", name ? name : "");
	return name ? 0 : -ENOENT;
}
