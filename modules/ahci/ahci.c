/*
 * Disks and CDs behind an AHCI controller: /dev/sda, /dev/sr0. What a port is told stands in
 * port.c, what commands are about in disk.c; here the controller and its ports come and go.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "ahci.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Disks and CDs by Serial ATA: /dev/sda, /dev/sr0");
MODULE_VERSION("1.0");

#define REGISTERS_BAR 5
#define REGISTERS_MOST 0x1100u /* of 32 ports; a controller with fewer may have less */
#define CAPABILITIES 0x00
#define CAPABILITY_WIDE 0x80000000u
#define CAPABILITY_SLOTS 8 /* five bits from there on, less one */
#define CONTROL 0x04
#define CONTROL_INTERRUPTS 0x2u
#define CONTROL_AHCI 0x80000000u
#define INTERRUPT_STATUS 0x08
#define IMPLEMENTED 0x0c
#define PORT_REGISTERS(port) (0x100u + 0x80u * (port))

PCI_CLAIM(claim_ahci, PCI_CLASS(01, 06, 01));

static DEFINE_BLKDEV_ATTIC(attic);
static DEFINE_SPINLOCK(names_lock);
static uint32_t names[2]; /* [L] a bit each: of disks, of CDs */

static int name_take(struct port *port)
{
	uint32_t *taken = &names[port->optical];
	unsigned number = 0;

	spin_lock(&names_lock);
	while (number < NAMES && *taken >> number & 1)
		number++;
	if (number < NAMES)
		*taken |= 1u << number;
	spin_unlock(&names_lock);
	port->number = number;
	if (port->optical)
		format_text(port->name, sizeof(port->name), "sr%u", number);
	else
		format_text(port->name, sizeof(port->name), "sd%c", 'a' + (int)number);
	return number < NAMES ? 0 : -ENOSPC;
}

static void port_free(struct port *port)
{
	if (port->number < NAMES) {
		spin_lock(&names_lock);
		names[port->optical] &= ~(1u << port->number);
		spin_unlock(&names_lock);
	}
	io_buffer_give(port->buffer);
	heap_free(port);
}

/* What is done is acknowledged at the port, then at the controller (10.7.2.1). */
static enum irq_result handle(struct irq_handler *handler)
{
	struct controller *controller = container_of(handler, struct controller, handler);
	uint32_t status = register_read(controller->registers, INTERRUPT_STATUS);

	if (status == 0 || status == UINT32_MAX)
		return IRQ_NONE;
	for (unsigned i = 0; i < PORTS; i++) {
		struct port *port = READ_ONCE(controller->ports[i]);

		if (port && status >> i & 1u)
			port_look(port);
	}
	register_write(controller->registers, INTERRUPT_STATUS, status);
	return IRQ_HANDLED;
}

static void recover(struct work *work)
{
	disk_recover(container_of(work, struct port, recovery));
}

static const struct irq_operations irq_operations = {.handle = handle};
static const struct blkdev_operations disk_operations = {.submit = disk_submit,
							 .reset = disk_reset};

static int port_prepare(struct port *port)
{
	int error;

	mutex_init(&port->resetting, "ahci_reset");
	spin_lock_init(&port->lock, "ahci");
	work_init(&port->recovery, recover);
	block_slots_init(&port->slots, port->controller->slot_count);
	port->blkdev.name = port->name;
	port->blkdev.operations = &disk_operations;
	port->buffer = io_buffer_take(sizeof(struct port_memory));
	if (!port->buffer)
		return -ENOMEM;
	port->memory = io_buffer_memory(port->buffer);
	memset(port->memory, 0, sizeof(*port->memory));
	error = port_stop(port, false);
	return error ? error : port_start(port);
}

/* Interrupts of the port come from its first command on; what it is was asked for without. */
static int port_become_disk(struct port *port)
{
	int error = port_prepare(port);

	port->optical = port_is_optical(port);
	if (!error)
		error = disk_identify(port);
	if (!error)
		error = name_take(port);
	if (error)
		return error;
	WRITE_ONCE(port->controller->ports[port->index], port);
	port_run(port); /* the handler, which quiets its interrupts, knows the port from here */
	return blkdev_register(&port->blkdev);
}

static void port_turn_off(struct port *port)
{
	mutex_lock(&port->resetting);
	port->removed = true;
	if (port_stop(port, true) != 0)
		pci_master_disable(port->controller->pci);
	port_close(port); /* block ends what it had */
	mutex_unlock(&port->resetting);
}

/* A port without a device, or a drive without a medium, is no error. */
static void port_add(struct controller *controller, unsigned index)
{
	struct port *port = heap_alloc_zeroed(sizeof(*port));
	int error;

	if (!port)
		return;
	port->controller = controller;
	port->index = index;
	port->number = NAMES;
	port->registers = controller->registers + PORT_REGISTERS(index);
	error = port_has_device(port) ? port_become_disk(port) : -ENODEV;
	if (!error) {
		printk("ahci: %s: port %u: %s, %llu KiB\n", pci_device_name(controller->pci), index,
		       port->name, (unsigned long long)(port->blkdev.sectors / 2));
		return;
	}
	if (port->buffer) {
		printk("ahci: %s: port %u: no disk: %s\n", pci_device_name(controller->pci), index,
		       errno_text(error));
		port_turn_off(port);
	}
	if (controller->ports[index])
		port->dead = true; /* the handler may look at it */
	else
		port_free(port);
}

static int start(struct controller *controller)
{
	uint32_t capabilities, implemented;
	uint64_t size;
	int error;

	size = min(pci_bar_size(controller->pci, REGISTERS_BAR), (uint64_t)REGISTERS_MOST);
	if (size < PORT_REGISTERS(1))
		return -ENODEV;
	controller->registers = pci_map(controller->pci, REGISTERS_BAR, 0, size);
	if (!controller->registers)
		return -ENODEV;
	error = pci_interrupts_take(controller->pci, 1);
	if (error < 0)
		return error;
	capabilities = register_read(controller->registers, CAPABILITIES);
	if (!(capabilities & CAPABILITY_WIDE))
		return -ENODEV; /* memory beyond 4 GiB is out of its reach */
	controller->slot_count = (capabilities >> CAPABILITY_SLOTS & 0x1f) + 1;
	register_write(controller->registers, CONTROL, CONTROL_AHCI);
	controller->handler = (struct irq_handler){.name = "ahci",
						   .line = pci_interrupt_line(controller->pci, 0),
						   .operations = &irq_operations};
	error = irq_register(&controller->handler);
	if (error)
		return error;
	pci_master_enable(controller->pci);
	register_write(controller->registers, CONTROL, CONTROL_AHCI | CONTROL_INTERRUPTS);
	implemented = register_read(controller->registers, IMPLEMENTED);
	for (unsigned i = 0; i < PORTS; i++)
		if (implemented >> i & 1u && PORT_REGISTERS(i + 1) <= size)
			port_add(controller, i);
	return 0;
}

/* What could not end with its device, since it was open. */
static void clear_attic(void)
{
	struct blkdev *blkdev;

	while ((blkdev = blkdev_attic_take(&attic)) != NULL)
		port_free(container_of(blkdev, struct port, blkdev));
}

static int ahci_probe(struct pci_driver *driver, struct pci_device *pci)
{
	struct controller *controller;
	int error;

	clear_attic();
	controller = heap_alloc_zeroed(sizeof(*controller));
	if (!controller)
		return -ENOMEM;
	controller->pci = pci;
	error = start(controller);
	if (error) {
		printk(KERN_ERR "ahci: %s: not used: %s\n", pci_device_name(pci),
		       errno_text(error));
		io_unmap((void *)controller->registers);
		heap_free(controller);
		return error;
	}
	pci_set_data(pci, controller);
	return 0;
}

static void port_remove(struct port *port)
{
	work_cancel(&port->recovery);
	if (!port->dead)
		blkdev_gone(&port->blkdev);
	port->controller = NULL;
	if (port->dead || blkdev_retire(&attic, &port->blkdev) == 0)
		port_free(port);
}

static void ahci_remove(struct pci_driver *driver, struct pci_device *pci)
{
	struct controller *controller = pci_data(pci);

	for (unsigned i = 0; i < PORTS; i++)
		if (controller->ports[i])
			port_turn_off(controller->ports[i]);
	irq_unregister(&controller->handler);
	for (unsigned i = 0; i < PORTS; i++)
		if (controller->ports[i])
			port_remove(controller->ports[i]);
	io_unmap((void *)controller->registers);
	heap_free(controller);
}

static const struct pci_driver_operations operations = {.probe = ahci_probe, .remove = ahci_remove};
static struct pci_driver driver = {
    .name = "ahci", .claims = {claim_ahci}, .operations = &operations};

static int __init ahci_init(void)
{
	return pci_driver_register(&driver);
}

static void ahci_exit(void)
{
	pci_driver_unregister(&driver);
	clear_attic();
}

module_init(ahci_init);
module_exit(ahci_exit);
