/*
 * Interface `irq`, the guide's exception 1: handlers never sleep and cannot be preempted, so they
 * are called without a reference, and whoever takes one out makes a stop: after it no CPU can still
 * be in the handler.
 */
#include <kernel/irq.h>

#include <kernel/preempt.h>
#include <kernel/stop.h>

#include <irq/line.h>

#include "bus_internal.h"

static const char *const operation_names[] = {"handle"};

static int remove_left_behind(struct registration *registration)
{
	return irq_unregister(container_of(registration, struct irq_handler, registration));
}

static struct interface irq_interface = {
    .name = "irq",
    .operations = operation_names,
    .operation_count = 1,
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_BARE,
    .remove = remove_left_behind,
};

int irq_register_at(struct irq_handler *handler, struct module *owner, const struct place *place)
{
	struct registration *registration = &handler->registration;
	int error =
	    registration_reserve(registration, &irq_interface, handler->name, handler->operations,
				 owner, place, __builtin_return_address(0));

	if (!error)
		error = registration_activate(&registration, 1);
	if (error)
		return error;
	error = line_add(handler);
	if (error)
		registration_remove(registration);
	return error;
}
EXPORT_SYMBOL(irq_register_at);

static int nothing_stopped(void *unused)
{
	return 0;
}

int irq_unregister(struct irq_handler *handler)
{
	might_sleep();
	if (handler->registration.state != REGISTRATION_ACTIVE)
		return -EINVAL;
	line_remove(handler);
	stop_machine(nothing_stopped, NULL, NULL);
	return registration_remove(&handler->registration);
}
EXPORT_SYMBOL(irq_unregister);

void bus_irq_init(void)
{
	interface_register(&irq_interface);
}
