/*
 * lspci: a row a device, with its driver. A row is a copy that is made under the lock, so that a
 * slow reader holds no device.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "pci_internal.h"

#define DRIVER_SIZE 64

struct row {
	struct pci_device device; /* a copy; its pointers are not followed */
	bool master;
	char driver[DRIVER_SIZE], module[DRIVER_SIZE];
};

static const struct class_name {
	uint8_t base, sub;
	const char *text;
} class_names[] = {
    {0x01, 0x00, "SCSI controller"},	 {0x01, 0x01, "IDE controller"},
    {0x01, 0x06, "SATA controller"},	 {0x01, 0x08, "NVM controller"},
    {0x02, 0x00, "Ethernet controller"}, {0x03, 0x00, "VGA controller"},
    {0x04, 0x03, "audio device"},	 {0x06, 0x00, "host bridge"},
    {0x06, 0x01, "ISA bridge"},		 {0x06, 0x04, "PCI bridge"},
    {0x0c, 0x03, "USB controller"},	 {0x0c, 0x05, "SMBus controller"},
};

/* PCI Code and ID Assignment Specification 1.11, 1: by base class where the sub-class has none. */
static const char *const base_names[] = {"device",
					 "storage controller",
					 "network controller",
					 "display controller",
					 "multimedia device",
					 "memory controller",
					 "bridge",
					 "communication controller",
					 "system device",
					 "input device",
					 "docking station",
					 "processor",
					 "serial bus",
					 "wireless controller"};

static const char *class_text(const struct pci_identity *identity)
{
	for (size_t i = 0; i < ARRAY_SIZE(class_names); i++)
		if (class_names[i].base == identity->base_class &&
		    class_names[i].sub == identity->sub_class)
			return class_names[i].text;
	return identity->base_class < ARRAY_SIZE(base_names) ? base_names[identity->base_class]
							     : "device";
}

/* The @index-th device; false past the last. */
static bool copy_row(unsigned index, struct row *row)
{
	const struct pci_device *device;
	bool found = false;

	spin_lock(&pci_lock);
	list_for_each(device, &pci_devices, all) {
		if (index-- > 0)
			continue;
		row->device = *device;
		row->master = pci_config_read(device, PCI_COMMAND, 2) & PCI_COMMAND_MASTER;
		strlcpy(row->driver, device->driver ? device->driver->name : "-", DRIVER_SIZE);
		strlcpy(row->module, device->driver ? module_name(device->driver->owner) : "-",
			DRIVER_SIZE);
		found = true;
		break;
	}
	spin_unlock(&pci_lock);
	return found;
}

static void print_bars(struct command_call *call, const struct pci_device *device)
{
	for (unsigned i = 0; i < PCI_BARS; i++) {
		const struct pci_bar *bar = &device->bars[i];

		if (bar->size == 0)
			continue;
		command_print(call, "  bar %u: %llu bytes of %s%s%s%s\n", i,
			      (unsigned long long)bar->size, bar->ports ? "ports" : "memory",
			      bar->wide ? ", 64-bit" : "",
			      bar->prefetchable ? ", prefetchable" : "",
			      bar->address ? "" : ", without an address");
	}
}

static void print_interrupts(struct command_call *call, const struct pci_device *device)
{
	static const char *const kinds[] = {
	    [PCI_INTERRUPT_LINE] = "line",
	    [PCI_INTERRUPT_MSI] = "MSI",
	    [PCI_INTERRUPT_MSIX] = "MSI-X",
	};

	if (device->kind == PCI_INTERRUPT_NONE)
		return;
	command_print(call, "  interrupts: %s, irq", kinds[device->kind]);
	for (unsigned i = 0; i < device->interrupt_count; i++)
		command_print(call, " %u", device->lines[i]);
	command_print(call, "\n");
}

static void print_row(struct command_call *call, const struct row *row, bool verbose)
{
	const struct pci_identity *identity = &row->device.identity;

	command_print(call, "%-8s %04x:%04x %02x%02x%02x ", row->device.name, identity->vendor,
		      identity->device, identity->base_class, identity->sub_class,
		      identity->interface);
	stream_print_escaped(call->out, row->driver, strlen(row->driver));
	command_print(call, " %s%s\n", class_text(identity), row->device.gone ? ", removed" : "");
	if (!verbose)
		return;
	if (strcmp(row->driver, "-") != 0)
		command_print(call, "  module: %s\n", row->module);
	if (identity->subsystem_vendor)
		command_print(call, "  subsystem: %04x:%04x\n", identity->subsystem_vendor,
			      identity->subsystem);
	print_bars(call, &row->device);
	command_print(call, "  bus master: %s\n", row->master ? "on" : "off");
	print_interrupts(call, &row->device);
}

int lspci_run(struct command_call *call)
{
	bool verbose = call->argc == 2 && strcmp(call->argv[1], "-v") == 0;
	struct row *row;

	if (call->argc != 1 && !verbose)
		return command_fail(call, call->argv[1], -EINVAL, "usage: lspci [-v]");
	row = heap_alloc(sizeof(*row));
	if (!row)
		return command_fail(call, call->argv[0], -ENOMEM, "no memory");
	command_print(call, "%-8s %-9s %-6s %s\n", "Device", "Id", "Class", "Driver What");
	for (unsigned i = 0; copy_row(i, row); i++)
		print_row(call, row, verbose);
	heap_free(row);
	return 0;
}
