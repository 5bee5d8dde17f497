/*
 * Configuration space: memory (ECAM) where the table MCFG names it, else the ports 0xcf8 and 0xcfc,
 * which reach the first 256 bytes. The one rule: a bus is reached by memory once it has a mapping,
 * and mappings stay until the module goes. Sources: PCI Firmware Specification 3.0, 4.1.2 (MCFG);
 * PCI Express Base 3.0, 7.2.2 (ECAM); PCI 3.0, 3.2.2.3.2 (ports).
 */
#include <lib/acpi.h>
#include <lib/bytes.h>

#include <kernel/boot.h>
#include <kernel/io.h>
#include <kernel/module.h>

#include "pci_internal.h"

#define ADDRESS_PORT 0xcf8
#define DATA_PORT 0xcfc
#define ADDRESS_ENABLE 0x80000000u

#define MCFG_ENTRIES 44 /* bytes before the first */
#define MCFG_ENTRY 16
#define BUS_SPAN (1u << 20)
#define PORT_SPACE 256u
#define MEMORY_SPACE 4096u

static struct {
	uint64_t base; /* of bus 0 */
	unsigned first, last;
} memory;				   /* [I] after init; base 0: there is none */
static volatile uint8_t *buses[PCI_BUSES]; /* [A] set once; NULL: by ports */
static DEFINE_SPINLOCK(port_lock);

/* The entry of segment group 0; others have no driver here. */
void access_init(void)
{
	size_t size;
	const uint8_t *table = acpi_table("MCFG", &size);

	for (size_t at = MCFG_ENTRIES; table && bytes_in_range(at, MCFG_ENTRY, size);
	     at += MCFG_ENTRY) {
		if (load_u16(table + at + 8) != 0 || table[at + 10] > table[at + 11])
			continue;
		memory.base = load_u64(table + at);
		memory.first = table[at + 10];
		memory.last = table[at + 11];
		return;
	}
}

void access_exit(void)
{
	for (unsigned bus = 0; bus < PCI_BUSES; bus++)
		io_unmap((void *)buses[bus]);
}

void access_add_bus(unsigned bus)
{
	if (memory.base == 0 || bus < memory.first || bus > memory.last || buses[bus])
		return;
	WRITE_ONCE(buses[bus],
		   io_map(memory.base + (uint64_t)bus * BUS_SPAN, BUS_SPAN, IO_UNCACHED));
	if (!buses[bus])
		printk(KERN_WARNING "pci: bus %u: no room to map its configuration space; its "
				    "first 256 bytes are reached by ports\n",
		       bus);
}

static bool reaches(unsigned space, unsigned offset, unsigned bytes)
{
	return (bytes == 1 || bytes == 2 || bytes == 4) && offset % bytes == 0 && offset < space;
}

static uint32_t function_of(const struct pci_identity *at)
{
	return (uint32_t)at->slot << 3 | at->function;
}

static uint64_t lock_and_select(const struct pci_identity *at, unsigned offset)
{
	uint64_t flags = spin_lock_irqsave(&port_lock);

	io_out32(ADDRESS_PORT,
		 ADDRESS_ENABLE | (uint32_t)at->bus << 16 | function_of(at) << 8 | (offset & ~3u));
	return flags;
}

static uint32_t read_by_port(const struct pci_identity *at, unsigned offset, unsigned bytes)
{
	uint16_t port = (uint16_t)(DATA_PORT + offset % 4);
	uint64_t flags;
	uint32_t value;

	if (!reaches(PORT_SPACE, offset, bytes))
		return PCI_NOTHING;
	flags = lock_and_select(at, offset);
	if (bytes == 1)
		value = io_in8(port);
	else if (bytes == 2)
		value = io_in16(port);
	else
		value = io_in32(port);
	spin_unlock_irqrestore(&port_lock, flags);
	return value;
}

static void write_by_port(const struct pci_identity *at, unsigned offset, unsigned bytes,
			  uint32_t value)
{
	uint16_t port = (uint16_t)(DATA_PORT + offset % 4);
	uint64_t flags;

	if (!reaches(PORT_SPACE, offset, bytes))
		return;
	flags = lock_and_select(at, offset);
	if (bytes == 1)
		io_out8(port, (uint8_t)value);
	else if (bytes == 2)
		io_out16(port, (uint16_t)value);
	else
		io_out32(port, value);
	spin_unlock_irqrestore(&port_lock, flags);
}

static volatile void *place_of(const struct pci_identity *at, unsigned offset)
{
	volatile uint8_t *bus = READ_ONCE(buses[at->bus]);

	return bus ? bus + function_of(at) * MEMORY_SPACE + offset : NULL;
}

uint32_t access_read(const struct pci_identity *at, unsigned offset, unsigned bytes)
{
	volatile void *place = place_of(at, offset);

	if (!place)
		return read_by_port(at, offset, bytes);
	if (!reaches(MEMORY_SPACE, offset, bytes))
		return PCI_NOTHING;
	if (bytes == 1)
		return *(volatile uint8_t *)place;
	if (bytes == 2)
		return *(volatile uint16_t *)place;
	return *(volatile uint32_t *)place;
}

void access_write(const struct pci_identity *at, unsigned offset, unsigned bytes, uint32_t value)
{
	volatile void *place = place_of(at, offset);

	if (!place)
		write_by_port(at, offset, bytes, value);
	else if (!reaches(MEMORY_SPACE, offset, bytes))
		return;
	else if (bytes == 1)
		*(volatile uint8_t *)place = (uint8_t)value;
	else if (bytes == 2)
		*(volatile uint16_t *)place = (uint16_t)value;
	else
		*(volatile uint32_t *)place = value;
}

uint32_t pci_config_read(const struct pci_device *device, unsigned offset, unsigned bytes)
{
	return access_read(&device->identity, offset, bytes);
}
EXPORT_SYMBOL(pci_config_read);

void pci_config_write(const struct pci_device *device, unsigned offset, unsigned bytes,
		      uint32_t value)
{
	access_write(&device->identity, offset, bytes, value);
}
EXPORT_SYMBOL(pci_config_write);

/* The list may be a circle: no more steps than there are places for capabilities. */
unsigned pci_capability(const struct pci_device *device, uint8_t id, unsigned after)
{
	unsigned at = after ? after + 1 : PCI_CAPABILITIES;
	uint32_t status = pci_config_read(device, PCI_STATUS, 2);

	if (!(status & PCI_STATUS_CAPABILITIES) || status == 0xffff)
		return 0;
	for (unsigned steps = 0; steps < PORT_SPACE / 4; steps++) {
		at = pci_config_read(device, at, 1) & ~3u;
		if (at < 0x40 || at >= PORT_SPACE)
			return 0;
		if (pci_config_read(device, at, 1) == id)
			return at;
		at++;
	}
	return 0;
}
EXPORT_SYMBOL(pci_capability);
