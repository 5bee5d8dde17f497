/*
 * Which functions there are. The one rule: only one thread at a time scans, init or the thread of
 * pci, and only that thread changes the list or takes a device out of it; so it reads the list
 * without the lock, which it takes for each change, and every other thread takes it to read.
 */
#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "pci_internal.h"

#define CLASS_BRIDGE 0x06
#define SUB_CLASS_PCI 0x04
#define DEVICES_MAX 1024u
#define DEPTH_MAX 8u /* bridges behind each other */

DEFINE_SPINLOCK(pci_lock);
LIST_HEAD(pci_devices);
static unsigned device_count;
static uint64_t next_serial = 1;

static struct pci_device *find(const struct pci_identity *at)
{
	struct pci_device *device;

	list_for_each(device, &pci_devices, all)
		if (device->identity.bus == at->bus && device->identity.slot == at->slot &&
		    device->identity.function == at->function && !device->gone)
			return device;
	return NULL;
}

static void identify(struct pci_identity *identity)
{
	uint32_t ids = access_read(identity, PCI_VENDOR, 4);
	uint32_t class = access_read(identity, PCI_REVISION, 4);
	uint32_t subsystem = access_read(identity, PCI_SUBSYSTEM, 4);

	identity->vendor = (uint16_t)ids;
	identity->device = (uint16_t)(ids >> 16);
	identity->revision = (uint8_t) class;
	identity->interface = (uint8_t)(class >> 8);
	identity->sub_class = (uint8_t)(class >> 16);
	identity->base_class = (uint8_t)(class >> 24);
	identity->subsystem_vendor = (uint16_t)subsystem;
	identity->subsystem = (uint16_t)(subsystem >> 16);
}

static struct pci_device *add(const struct pci_identity *at, struct pci_device *parent)
{
	struct pci_device *device;

	if (device_count == DEVICES_MAX)
		return NULL;
	device = heap_alloc_zeroed(sizeof(*device));
	if (!device) {
		printk(KERN_ERR "pci: %02x:%02x.%u is left out: no memory\n", at->bus, at->slot,
		       at->function);
		return NULL;
	}
	device->identity = *at;
	identify(&device->identity);
	format_text(device->name, sizeof(device->name), "%02x:%02x.%u", at->bus, at->slot,
		    at->function);
	device->header = access_read(at, PCI_HEADER, 1) & ~PCI_HEADER_MANY;
	if (device->header != 0) /* the subsystem of other headers stands elsewhere */
		device->identity.subsystem_vendor = device->identity.subsystem = 0;
	device->parent = parent;
	device->serial = next_serial++;
	bars_measure(device);
	bars_assign(device);
	device_count++;
	spin_lock(&pci_lock);
	list_add_last(&pci_devices, &device->all);
	spin_unlock(&pci_lock);
	return device;
}

static unsigned depth_of(const struct pci_device *device)
{
	unsigned depth = 0;

	for (; device; device = device->parent)
		depth++;
	return depth;
}

/* A bus is scanned behind the first bridge that names it, so no circle of bridges goes on. */
static bool leads_further(const struct pci_device *bridge, unsigned bus)
{
	const struct pci_device *other;

	if (bus <= bridge->identity.bus || depth_of(bridge) >= DEPTH_MAX)
		return false;
	list_for_each(other, &pci_devices, all)
		if (other->identity.bus == bus && other->parent != bridge && !other->gone)
			return false;
	return true;
}

static void scan_function(const struct pci_identity *at, struct pci_device *parent)
{
	struct pci_device *device = find(at);
	unsigned bus;

	if (!device)
		device = add(at, parent);
	if (!device || device->header != PCI_HEADER_BRIDGE ||
	    device->identity.base_class != CLASS_BRIDGE ||
	    device->identity.sub_class != SUB_CLASS_PCI)
		return;
	bus = pci_config_read(device, PCI_SECONDARY, 1);
	if (!leads_further(device, bus))
		return;
	slots_add(device);
	scan_bus(bus, device);
}

static bool is_there(const struct pci_identity *at)
{
	uint32_t ids = access_read(at, PCI_VENDOR, 4);

	return ids != PCI_NOTHING && ids != 0 && (ids & 0xffff) != 0xffff;
}

void scan_bus(unsigned bus, struct pci_device *parent)
{
	struct pci_identity at = {.bus = (uint8_t)bus};
	unsigned functions;

	access_add_bus(bus);
	for (at.slot = 0; at.slot < PCI_SLOTS; at.slot++) {
		at.function = 0;
		if (!is_there(&at))
			continue;
		functions = access_read(&at, PCI_HEADER, 1) & PCI_HEADER_MANY ? PCI_FUNCTIONS : 1;
		for (; at.function < functions; at.function++)
			if (is_there(&at))
				scan_function(&at, parent);
	}
}

/* What is behind a bridge stands behind it in the list, too. */
void scan_bus_gone(unsigned bus)
{
	struct pci_device *device;

	list_for_each(device, &pci_devices, all) {
		bool behind = device->parent && device->parent->gone;

		if (device->gone || (device->identity.bus != bus && !behind))
			continue;
		bind_turn_off(device); /* before its driver frees what it reads and writes */
		WRITE_ONCE(device->gone, true);
		printk("pci: %s: removed\n", device->name);
	}
}

static bool has_children(const struct pci_device *bridge)
{
	const struct pci_device *device;

	list_for_each(device, &pci_devices, all)
		if (device->parent == bridge)
			return true;
	return false;
}

/* The newest that may go: what is behind a bridge goes before it. */
static struct pci_device *take_out(bool all)
{
	struct pci_device *device, *found = NULL;

	spin_lock(&pci_lock);
	list_for_each(device, &pci_devices, all)
		if (!device->driver && (all || device->gone) && !has_children(device))
			found = device;
	if (found)
		list_remove(&found->all);
	spin_unlock(&pci_lock);
	return found;
}

void scan_free(bool all)
{
	struct pci_device *device;

	while ((device = take_out(all)) != NULL) {
		interrupts_off(device);
		heap_free(device);
		device_count--;
	}
}
