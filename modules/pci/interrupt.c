/*
 * Interrupts of devices: MSI-X, else MSI, else the line. A message is a line of the kernel's that
 * no wire leads to; which device writes which line is decided here, and a line has one device at a
 * time. Lines are taken in turn, and each is another CPU's than the one before, so devices are
 * spread over CPUs. Source: PCI Local Bus Specification 3.0, 6.8.1 (MSI), 6.8.2 (MSI-X).
 */
#include <lib/bitmap.h>

#include <kernel/irq.h>
#include <kernel/module.h>

#include "pci_internal.h"

#define LINES 256u
#define LINE_FIRST 16u /* those of ISA are wires */
#define LINE_NONE 255u /* in the register that says which line firmware has wired */

#define CONTROL 2 /* offsets in both capabilities */
#define MSI_ENABLE 0x0001u
#define MSI_COUNTS 0x0070u
#define MSI_WIDE 0x0080u
#define MSI_MASKS 0x0100u
#define MSI_ADDRESS 4
#define MSI_HIGH 8
#define MSIX_ENABLE 0x8000u
#define MSIX_MASK 0x4000u
#define MSIX_COUNT 0x07ffu
#define MSIX_TABLE 4
#define MSIX_TABLE_BAR 0x7u
#define MSIX_WORDS 4u /* of an entry of the table: address, high half, data, mask */

static BITMAP(taken, LINES);		/* [L] of pci_lock */
static unsigned next_line = LINE_FIRST; /* [L] */

/* A line that no device has, and what raises it. */
static int take_line(unsigned *line, struct irq_message *message)
{
	int error = -ENOSPC;

	spin_lock(&pci_lock);
	for (unsigned tries = 0; tries < LINES && error; tries++) {
		*line = next_line;
		next_line = next_line + 1 < LINES ? next_line + 1 : LINE_FIRST;
		if (bitmap_test(taken, *line) || irq_message(*line, message) != 0)
			continue;
		bitmap_set(taken, *line);
		error = 0;
	}
	spin_unlock(&pci_lock);
	return error;
}

static void give_lines(struct pci_device *device)
{
	spin_lock(&pci_lock);
	for (unsigned i = 0; i < device->interrupt_count; i++)
		bitmap_fill(taken, device->lines[i], 1, false);
	spin_unlock(&pci_lock);
}

static void set_control(struct pci_device *device, unsigned capability, uint32_t clear,
			uint32_t set)
{
	uint32_t control = pci_config_read(device, capability + CONTROL, 2);

	pci_config_write(device, capability + CONTROL, 2, (control & ~clear) | set);
}

/* The table must lie in a BAR whole; a device that says otherwise has no MSI-X. */
static int map_table(struct pci_device *device, unsigned capability, unsigned count)
{
	uint32_t where = pci_config_read(device, capability + MSIX_TABLE, 4);
	unsigned bar = where & MSIX_TABLE_BAR;
	uint64_t offset = where & ~MSIX_TABLE_BAR, has = pci_bar_size(device, bar);
	uint64_t size = (uint64_t)count * MSIX_WORDS * sizeof(uint32_t);

	if (offset > has || size > has - offset)
		return -ENODEV;
	device->table = pci_map(device, bar, offset, size);
	return device->table ? 0 : -ENOMEM;
}

static void write_entry(struct pci_device *device, unsigned index,
			const struct irq_message *message)
{
	volatile uint32_t *entry = device->table + (size_t)index * MSIX_WORDS;

	entry[0] = (uint32_t)message->address;
	entry[1] = (uint32_t)(message->address >> 32);
	entry[2] = message->data;
	entry[3] = 0;
}

static int take_msix(struct pci_device *device, unsigned wanted)
{
	unsigned capability = pci_capability(device, PCI_ID_MSIX, 0), count;
	struct irq_message message;
	int error;

	if (!capability)
		return -ENODEV;
	count = (pci_config_read(device, capability + CONTROL, 2) & MSIX_COUNT) + 1;
	count = min(count, min(wanted, PCI_INTERRUPTS));
	error = map_table(device, capability, count);
	if (error)
		return error;
	set_control(device, capability, 0, MSIX_ENABLE | MSIX_MASK);
	device->kind = PCI_INTERRUPT_MSIX;
	for (unsigned i = 0; i < count && !error; i++) {
		error = take_line(&device->lines[i], &message);
		if (error)
			break;
		device->interrupt_count++;
		write_entry(device, i, &message);
	}
	if (device->interrupt_count == 0)
		return error;
	set_control(device, capability, MSIX_MASK, 0);
	return 0;
}

static int take_msi(struct pci_device *device)
{
	unsigned capability = pci_capability(device, PCI_ID_MSI, 0), data;
	struct irq_message message;
	uint32_t control;
	int error;

	if (!capability)
		return -ENODEV;
	error = take_line(&device->lines[0], &message);
	if (error)
		return error;
	control = pci_config_read(device, capability + CONTROL, 2);
	data = capability + (control & MSI_WIDE ? MSI_HIGH + 4 : MSI_HIGH);
	pci_config_write(device, capability + MSI_ADDRESS, 4, (uint32_t)message.address);
	if (control & MSI_WIDE)
		pci_config_write(device, capability + MSI_HIGH, 4,
				 (uint32_t)(message.address >> 32));
	pci_config_write(device, data, 2, message.data);
	if (control & MSI_MASKS)
		pci_config_write(device, data + 4, 4, 0);
	device->kind = PCI_INTERRUPT_MSI;
	device->interrupt_count = 1;
	set_control(device, capability, MSI_COUNTS, MSI_ENABLE);
	return 0;
}

/* The line that firmware has wired the pin to; it may have other devices too. */
static int take_wire(struct pci_device *device)
{
	uint32_t line = pci_config_read(device, PCI_LINE, 1);
	uint32_t command = pci_config_read(device, PCI_COMMAND, 2);

	if (pci_config_read(device, PCI_PIN, 1) == 0 || line == 0 || line >= LINE_NONE)
		return -ENODEV;
	device->lines[0] = line;
	device->interrupt_count = 1;
	device->kind = PCI_INTERRUPT_LINE;
	pci_config_write(device, PCI_COMMAND, 2, command & ~PCI_COMMAND_NO_LINE);
	return 0;
}

int pci_interrupts_take(struct pci_device *device, unsigned wanted)
{
	int error;

	if (device->kind != PCI_INTERRUPT_NONE)
		return -EBUSY;
	if (wanted == 0)
		return -EINVAL;
	error = take_msix(device, wanted);
	if (error)
		interrupts_off(device);
	if (error == -ENODEV)
		error = take_msi(device);
	if (error == -ENODEV)
		error = take_wire(device);
	return error ? error : (int)device->interrupt_count;
}
EXPORT_SYMBOL(pci_interrupts_take);

unsigned pci_interrupt_messages(const struct pci_device *device)
{
	return device->kind == PCI_INTERRUPT_MSIX ? device->interrupt_count : 0;
}
EXPORT_SYMBOL(pci_interrupt_messages);

unsigned pci_interrupt_line(const struct pci_device *device, unsigned index)
{
	return index < device->interrupt_count ? device->lines[index] : UINT32_MAX;
}
EXPORT_SYMBOL(pci_interrupt_line);

void interrupts_off(struct pci_device *device)
{
	unsigned capability = 0;

	if (device->kind == PCI_INTERRUPT_MSIX)
		capability = pci_capability(device, PCI_ID_MSIX, 0);
	else if (device->kind == PCI_INTERRUPT_MSI)
		capability = pci_capability(device, PCI_ID_MSI, 0);
	if (capability)
		set_control(device, capability,
			    device->kind == PCI_INTERRUPT_MSIX ? MSIX_ENABLE : MSI_ENABLE, 0);
	if (device->kind != PCI_INTERRUPT_LINE)
		give_lines(device);
	io_unmap((void *)device->table);
	device->table = NULL;
	device->kind = PCI_INTERRUPT_NONE;
	device->interrupt_count = 0;
}

void pci_interrupts_give(struct pci_device *device)
{
	interrupts_off(device);
}
EXPORT_SYMBOL(pci_interrupts_give);
