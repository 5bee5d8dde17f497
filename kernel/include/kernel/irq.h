#pragma once

#include <kernel/bus.h>

/*
 * Interface `irq` (exception 1): handlers of interrupt lines. They run with interrupts off, never
 * sleep, and take no reference: unregistering returns only when no CPU can still be in the handler.
 * Lines can be shared; each handler says whether the interrupt was its own. A handler runs from
 * registering until unregistering, during init and exit too.
 */
enum irq_result {
	IRQ_NONE, /* not mine */
	IRQ_HANDLED,
};

struct irq_handler;

struct irq_operations {
	enum irq_result (*handle)(struct irq_handler *handler);
};

struct irq_handler {
	const char *name;
	unsigned line; /* ISA IRQ 0 to 15 (source overrides are applied), or a GSI from 16 */
	const struct irq_operations *operations;
	struct registration registration;
	struct irq_handler *next; /* [S] chain of its line, belongs to the kernel */
};

/*
 * A line that no wire leads to: a device raises it by writing @data to @address (Intel SDM vol. 3,
 * 10.11, message signalled interrupts). Its CPU is another for each line in turn.
 */
struct irq_message {
	uint64_t address;
	uint32_t data;
};
/* What raises @line, which is there for irq_register from now on. -ENODEV: a wire leads to it, or
 * there is no such line. Context: any but nmi. */
int irq_message(unsigned line, struct irq_message *message);

/* -ENODEV: no such line. The line is unmasked with the first handler, masked after the last. */
extern struct interface irq_interface;
#define irq_register(entry)                                                                        \
	REGISTRATION_ENTER(register, irq_handler, &irq_interface, entry, THIS_MODULE)
#define irq_reserve(entry)                                                                         \
	REGISTRATION_ENTER(reserve, irq_handler, &irq_interface, entry, THIS_MODULE)
#define irq_unregister(entry) REGISTRATION_LEAVE(irq_handler, entry)
