/*
 * Interface `irq`, the guide's exception 1: handlers never sleep and cannot be preempted, so they
 * are called without a reference, and whoever takes one out makes a stop: after it no CPU can still
 * be in the handler.
 */
#include <kernel/irq.h>

#include <kernel/preempt.h>
#include <kernel/stop.h>

#include <irq/ioapic.h>
#include <irq/line.h>

#include "bus_internal.h"

static const char *const operation_names[] = {"handle"};

static int remove_left_behind(struct registration *registration)
{
	return irq_unregister(container_of(registration, struct irq_handler, registration));
}

/* From activating on, whatever the owner's state: a handler is its owner's own business. The line
 * was looked at when the entry was reserved. */
static void changed(struct registration *registration, bool callable)
{
	struct irq_handler *handler = container_of(registration, struct irq_handler, registration);

	if (registration->state == REGISTRATION_ACTIVE)
		line_add(handler); /* nothing when it is there already */
}

static struct interface irq_interface = {
    .name = "irq",
    .operations = operation_names,
    .operation_count = 1,
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_BARE,
    .changed = changed,
    .remove = remove_left_behind,
};

static bool line_exists(unsigned line)
{
	return line < LINES && ioapic_has_line(line);
}

int irq_reserve_at(struct irq_handler *handler, struct module *owner, const struct place *place)
{
	if (!line_exists(handler->line))
		return -ENODEV;
	return registration_reserve(&handler->registration, &irq_interface, handler->name,
				    handler->operations, owner, place, __builtin_return_address(0));
}
EXPORT_SYMBOL(irq_reserve_at);

int irq_register_at(struct irq_handler *handler, struct module *owner, const struct place *place)
{
	if (!line_exists(handler->line))
		return -ENODEV;
	return registration_register(&handler->registration, &irq_interface, handler->name,
				     handler->operations, owner, place,
				     __builtin_return_address(0));
}
EXPORT_SYMBOL(irq_register_at);

static int nothing_stopped(void *unused)
{
	return 0;
}

int irq_unregister(struct irq_handler *handler)
{
	int error;

	might_sleep();
	error = registration_remove(&handler->registration);
	if (error)
		return error;
	line_remove(handler);
	stop_machine(nothing_stopped, NULL, NULL);
	return 0;
}
EXPORT_SYMBOL(irq_unregister);

void bus_irq_init(void)
{
	interface_register(&irq_interface);
}
