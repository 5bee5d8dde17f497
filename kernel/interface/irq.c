/*
 * Interface `irq`, the guide's exception 1: handlers never sleep and cannot be preempted, so they
 * are called without a reference, and taking one out makes a stop: after it no CPU can still be in
 * the handler.
 */
#include <kernel/irq.h>

#include <kernel/stop.h>

#include <arch/cpu.h>
#include <irq/interrupt.h>
#include <irq/line.h>

/* Intel SDM vol. 3, 10.11.1: bits 12 to 19 name the local APIC; 10.11.2: fixed, edge. */
#define MESSAGE_ADDRESS 0xfee00000u
#define MESSAGE_CPU 12

static struct irq_handler *handler_of(struct registration *registration)
{
	return container_of(registration, struct irq_handler, registration);
}

static int entering(struct registration *registration)
{
	if (line_is_there(handler_of(registration)->line))
		return 0;
	return registration_refuse(registration, -ENODEV, "the machine has no such line");
}

/* From activating on, whatever the owner's state: a handler is its owner's own business. */
static void changed(struct registration *registration, bool callable)
{
	if (registration->state == REGISTRATION_ACTIVE)
		line_add(handler_of(registration)); /* nothing when it is there already */
}

static int nothing_stopped(void *unused)
{
	return 0;
}

static void left(struct registration *registration)
{
	line_remove(handler_of(registration));
	stop_machine(nothing_stopped, NULL, NULL);
}

int irq_message(unsigned line, struct irq_message *message)
{
	if (!line_take_message(line))
		return -ENODEV;
	message->address = MESSAGE_ADDRESS | cpu_of(line % cpu_count())->apic_id << MESSAGE_CPU;
	message->data = VECTOR_LINE + line;
	return 0;
}

struct interface irq_interface = {
    .name = "irq",
    INTERFACE_OPERATIONS("handle"),
    .required = 1,
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_BARE,
    INTERFACE_ENTRY(irq_handler),
    .entering = entering,
    .changed = changed,
    .left = left,
};
