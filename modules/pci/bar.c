/*
 * BARs: where a device's registers are. A BAR is measured while the device does not decode, and
 * holds afterwards what it held before. One that firmware has given no address gets one here, out
 * of a window of the bridge above; the windows of root buses only firmware knows. Sources: PCI 3.0,
 * 6.2.5.1; PCI-to-PCI Bridge 1.2, 3.2.5 (windows).
 */
#include <kernel/module.h>

#include "pci_internal.h"

#define BAR_PORTS 0x1u
#define BAR_WIDE 0x4u
#define BAR_WIDE_MASK 0x6u
#define BAR_PREFETCHABLE 0x8u
#define BAR_PORTS_FLAGS 0x3u
#define BAR_MEMORY_FLAGS 0xfu
#define BAR_SIZE_MAX (1ull << 40)
#define BRIDGE_BARS 2u

#define WINDOW_BASE 0x20
#define WINDOW_LIMIT 0x22
#define WINDOW_PREFETCHABLE_BASE 0x24
#define WINDOW_PREFETCHABLE_LIMIT 0x26
#define WINDOW_BASE_HIGH 0x28
#define WINDOW_LIMIT_HIGH 0x2c
#define WINDOW_UNIT (1ull << 20)

struct window {
	uint64_t first, end; /* end 0: it is closed */
};

static unsigned bar_offset(unsigned bar)
{
	return PCI_BAR + 4 * bar;
}

/* What stands in a register, and which of its bits can be written. */
static uint32_t probe_bits(struct pci_device *device, unsigned bar, uint32_t *held)
{
	uint32_t bits;

	*held = pci_config_read(device, bar_offset(bar), 4);
	pci_config_write(device, bar_offset(bar), 4, UINT32_MAX);
	bits = pci_config_read(device, bar_offset(bar), 4);
	pci_config_write(device, bar_offset(bar), 4, *held);
	return bits;
}

/* How many registers it takes. The size is the lowest bit that can be written. */
static unsigned measure(struct pci_device *device, unsigned index, unsigned last)
{
	struct pci_bar *bar = &device->bars[index];
	uint32_t held, high = 0, bits = probe_bits(device, index, &held);
	uint64_t writable;

	if (bits == 0 || bits == UINT32_MAX)
		return 1;
	bar->ports = bits & BAR_PORTS;
	bar->wide = !bar->ports && (bits & BAR_WIDE_MASK) == BAR_WIDE && index < last;
	bar->prefetchable = !bar->ports && bits & BAR_PREFETCHABLE;
	writable = bits & ~(bar->ports ? BAR_PORTS_FLAGS : BAR_MEMORY_FLAGS);
	bar->address = held & ~(bar->ports ? BAR_PORTS_FLAGS : BAR_MEMORY_FLAGS);
	if (bar->wide) {
		writable |= (uint64_t)probe_bits(device, index + 1, &high) << 32;
		bar->address |= (uint64_t)high << 32;
	}
	bar->size = writable & -writable;
	if (bar->size > BAR_SIZE_MAX || bar->address % max(bar->size, (uint64_t)1) != 0 ||
	    bar->address > UINT64_MAX - bar->size)
		*bar = (struct pci_bar){0};
	return bar->wide ? 2 : 1;
}

void bars_measure(struct pci_device *device)
{
	unsigned count = device->header == PCI_HEADER_BRIDGE ? BRIDGE_BARS : PCI_BARS;
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	if (device->header > PCI_HEADER_BRIDGE)
		return;
	pci_config_write(device, PCI_COMMAND, 2, command & ~(PCI_COMMAND_IO | PCI_COMMAND_MEMORY));
	for (unsigned i = 0; i < count;)
		i += measure(device, i, count - 1);
	pci_config_write(device, PCI_COMMAND, 2, command);
}

static struct window plain_window(const struct pci_device *bridge)
{
	uint64_t base = pci_config_read(bridge, WINDOW_BASE, 2) & 0xfff0u;
	uint64_t limit = pci_config_read(bridge, WINDOW_LIMIT, 2) & 0xfff0u;

	if (base > limit || base == 0)
		return (struct window){0};
	return (struct window){base << 16, (limit << 16) + WINDOW_UNIT};
}

static struct window prefetchable_window(const struct pci_device *bridge)
{
	uint32_t low = pci_config_read(bridge, WINDOW_PREFETCHABLE_BASE, 2);
	uint64_t base = low & 0xfff0u;
	uint64_t limit = pci_config_read(bridge, WINDOW_PREFETCHABLE_LIMIT, 2) & 0xfff0u;

	base <<= 16;
	limit <<= 16;
	if (low & 1u) {
		base |= (uint64_t)pci_config_read(bridge, WINDOW_BASE_HIGH, 4) << 32;
		limit |= (uint64_t)pci_config_read(bridge, WINDOW_LIMIT_HIGH, 4) << 32;
	}
	if (base > limit || base == 0)
		return (struct window){0};
	return (struct window){base, limit + WINDOW_UNIT};
}

/* The end of what another BAR on the same bus has of the range; 0: it is free. */
static uint64_t taken_until(const struct pci_device *device, uint64_t address, uint64_t size)
{
	const struct pci_device *other;

	list_for_each(other, &pci_devices, all) {
		for (unsigned i = 0; i < PCI_BARS; i++) {
			const struct pci_bar *bar = &other->bars[i];

			if (other->parent == device->parent && !other->gone && bar->address &&
			    !bar->ports && bar->address < address + size &&
			    address < bar->address + bar->size)
				return bar->address + bar->size;
		}
	}
	for (unsigned i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &device->bars[i];

		if (bar->address && !bar->ports && bar->address < address + size &&
		    address < bar->address + bar->size)
			return bar->address + bar->size;
	}
	return 0;
}

static uint64_t find_room(const struct pci_device *device, struct window window,
			  const struct pci_bar *bar)
{
	uint64_t address = align_up(window.first, bar->size), until;

	while (address < window.end && bar->size <= window.end - address) {
		until = taken_until(device, address, bar->size);
		if (!until)
			return bar->wide || address + bar->size <= UINT32_MAX ? address : 0;
		address = align_up(until, bar->size);
	}
	return 0;
}

static void set_address(struct pci_device *device, unsigned index, uint64_t address)
{
	struct pci_bar *bar = &device->bars[index];

	pci_config_write(device, bar_offset(index), 4, (uint32_t)address);
	if (bar->wide)
		pci_config_write(device, bar_offset(index + 1), 4, (uint32_t)(address >> 32));
	if ((pci_config_read(device, bar_offset(index), 4) & ~BAR_MEMORY_FLAGS) ==
	    (uint32_t)address)
		bar->address = address;
}

void bars_assign(struct pci_device *device)
{
	struct window plain, prefetchable;

	if (!device->parent)
		return;
	plain = plain_window(device->parent);
	prefetchable = prefetchable_window(device->parent);
	for (unsigned i = 0; i < PCI_BARS; i++) {
		struct pci_bar *bar = &device->bars[i];
		uint64_t address = 0;

		if (bar->size == 0 || bar->address || bar->ports)
			continue;
		if (bar->prefetchable)
			address = find_room(device, prefetchable, bar);
		if (!address)
			address = find_room(device, plain, bar);
		if (address)
			set_address(device, i, address);
	}
}

uint64_t pci_bar_size(const struct pci_device *device, unsigned index)
{
	const struct pci_bar *bar;

	if (index >= PCI_BARS)
		return 0;
	bar = &device->bars[index];
	return bar->address && !bar->ports ? bar->size : 0;
}
EXPORT_SYMBOL(pci_bar_size);

void *pci_map_at(struct pci_device *device, unsigned bar, uint64_t offset, uint64_t size,
		 struct module *owner, const struct source_location *place)
{
	uint64_t has = pci_bar_size(device, bar);

	if (size == 0 || offset > has || size > has - offset) {
		printk(KERN_ERR "%s: %s: BAR %u has %llu bytes in memory, not %llu from %llu on\n",
		       module_name(owner), device->name, bar, (unsigned long long)has,
		       (unsigned long long)size, (unsigned long long)offset);
		return NULL;
	}
	return io_map_at(device->bars[bar].address + offset, size, IO_UNCACHED, owner, place);
}
EXPORT_SYMBOL(pci_map_at);
