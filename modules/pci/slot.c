/*
 * Hot plug: slots behind ports of PCI Express. The interrupt of a port only notes what has happened
 * and kicks the thread of pci, which does it: power, scanning, taking devices from their drivers.
 * The rule: ->on says what this file has done last, and is the thread's alone. A press of the
 * button is obeyed at once. Source: PCI Express Base 3.0, 6.7 (hot plug), 7.8 (the registers).
 */
#include <kernel/heap.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "pci_internal.h"

#define EXPRESS_FLAGS 0x02
#define FLAGS_SLOT 0x0100u
#define LINK_STATUS 0x12
#define LINK_ACTIVE 0x2000u
#define SLOT_CAPABILITIES 0x14
#define SLOT_HOT_PLUG 0x0040u
#define SLOT_CONTROL 0x18
#define CONTROL_EVENTS 0x1029u /* button, presence, interrupt, link */
#define CONTROL_POWER_OFF 0x0400u
#define CONTROL_INDICATOR 0x0300u
#define INDICATOR_ON 0x0100u
#define INDICATOR_OFF 0x0300u
#define SLOT_STATUS 0x1a
#define STATUS_BUTTON 0x0001u
#define STATUS_PRESENCE 0x0008u
#define STATUS_LINK 0x0100u
#define STATUS_EVENTS 0x011fu
#define STATUS_PRESENT 0x0040u

#define LINK_PATIENCE TIME_SECOND
#define LINK_LOOK (10 * TIME_MS)
#define LINK_SETTLE (100 * TIME_MS) /* 6.6.1: before the first request */

struct slot {
	struct list_node all;	   /* of the thread of pci, and of init and exit */
	struct pci_device *bridge; /* [I] */
	unsigned capability;	   /* [I] */
	uint32_t events;	   /* [A] set by the handler, taken by the thread */
	bool on;
	struct irq_handler handler;
};

static LIST_HEAD(slots);

static uint32_t slot_read(const struct slot *slot, unsigned offset)
{
	return pci_config_read(slot->bridge, slot->capability + offset, 2);
}

static void slot_write(const struct slot *slot, unsigned offset, uint32_t value)
{
	pci_config_write(slot->bridge, slot->capability + offset, 2, value);
}

static enum irq_result handle(struct irq_handler *handler)
{
	struct slot *slot = container_of(handler, struct slot, handler);
	uint32_t status = slot_read(slot, SLOT_STATUS), events = status & STATUS_EVENTS;

	if (events == 0 || status == 0xffff)
		return IRQ_NONE;
	slot_write(slot, SLOT_STATUS, events);
	__atomic_fetch_or(&slot->events, events, __ATOMIC_RELAXED);
	pci_kick();
	return IRQ_HANDLED;
}

static const struct irq_operations slot_operations = {.handle = handle};

static void switch_power(struct slot *slot, bool on)
{
	uint32_t control = slot_read(slot, SLOT_CONTROL) & ~(CONTROL_POWER_OFF | CONTROL_INDICATOR);

	slot_write(slot, SLOT_CONTROL,
		   control | (on ? INDICATOR_ON : INDICATOR_OFF | CONTROL_POWER_OFF));
	slot->on = on;
}

static int prepare(struct slot *slot)
{
	uint32_t status = slot_read(slot, SLOT_STATUS), control = slot_read(slot, SLOT_CONTROL);
	int count;

	bind_turn_on(slot->bridge);
	pci_master_enable(slot->bridge);
	count = pci_interrupts_take(slot->bridge, 1);
	if (count < 0)
		return count;
	slot->handler = (struct irq_handler){.name = slot->bridge->name,
					     .line = pci_interrupt_line(slot->bridge, 0),
					     .operations = &slot_operations};
	slot->on = status & STATUS_PRESENT && !(control & CONTROL_POWER_OFF);
	slot_write(slot, SLOT_STATUS, STATUS_EVENTS);
	return irq_register(&slot->handler);
}

static bool is_known(const struct pci_device *bridge)
{
	const struct slot *slot;

	list_for_each(slot, &slots, all)
		if (slot->bridge == bridge)
			return true;
	return false;
}

void slots_add(struct pci_device *bridge)
{
	unsigned capability = pci_capability(bridge, PCI_ID_EXPRESS, 0);
	struct slot *slot;
	int error;

	if (!capability || is_known(bridge) ||
	    !(pci_config_read(bridge, capability + EXPRESS_FLAGS, 2) & FLAGS_SLOT) ||
	    !(pci_config_read(bridge, capability + SLOT_CAPABILITIES, 4) & SLOT_HOT_PLUG))
		return;
	slot = heap_alloc_zeroed(sizeof(*slot));
	if (slot) {
		slot->bridge = bridge;
		slot->capability = capability;
	}
	error = slot ? prepare(slot) : -ENOMEM;
	if (error) {
		printk(KERN_WARNING "pci: %s: no hot plug: %s\n", bridge->name, errno_text(error));
		interrupts_off(bridge);
		heap_free(slot);
		return;
	}
	list_add_last(&slots, &slot->all);
	slot_write(slot, SLOT_CONTROL, slot_read(slot, SLOT_CONTROL) | CONTROL_EVENTS);
}

static unsigned bus_of(const struct slot *slot)
{
	return pci_config_read(slot->bridge, PCI_SECONDARY, 1);
}

static void take_off(struct slot *slot)
{
	scan_bus_gone(bus_of(slot));
	bind_removed();
	switch_power(slot, false);
}

/* A port that cannot say whether its link is active is waited for all the same. */
static void bring_up(struct slot *slot)
{
	uint64_t deadline = time_now() + LINK_PATIENCE;

	switch_power(slot, true);
	while (!(slot_read(slot, LINK_STATUS) & LINK_ACTIVE) && time_now() < deadline)
		time_sleep(LINK_LOOK);
	time_sleep(LINK_SETTLE);
	scan_bus(bus_of(slot), slot->bridge);
}

static void look(struct slot *slot, uint32_t events)
{
	bool present = slot_read(slot, SLOT_STATUS) & STATUS_PRESENT;
	bool button = events & STATUS_BUTTON, other = events & STATUS_PRESENCE;

	if (slot->on && (button || other || !present)) {
		take_off(slot);
		if (button && !other)
			return; /* what is in there is to be taken out */
	}
	if (!slot->on && present && (button || other))
		bring_up(slot);
}

/* What look does may add slots, behind all others. */
void slots_look(void)
{
	struct slot *slot;

	list_for_each(slot, &slots, all) {
		uint32_t events = __atomic_exchange_n(&slot->events, 0, __ATOMIC_RELAXED);

		if (events && !slot->bridge->gone)
			look(slot, events);
	}
}

static void end(struct slot *slot)
{
	slot_write(slot, SLOT_CONTROL, slot_read(slot, SLOT_CONTROL) & ~CONTROL_EVENTS);
	irq_unregister(&slot->handler);
	interrupts_off(slot->bridge);
	list_remove(&slot->all);
	heap_free(slot);
}

void slots_forget(void)
{
	struct slot *slot, *next;

	list_for_each_safe(slot, next, &slots, all)
		if (slot->bridge->gone)
			end(slot);
}

void slots_exit(void)
{
	struct slot *slot;

	while ((slot = list_first(&slots, struct slot, all)) != NULL)
		end(slot);
}
