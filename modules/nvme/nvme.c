/*
 * Disks of NVM Express: /dev/nvme0n1, the first namespace of each controller. What a command is
 * about is written by disk.c, rings by queue.c, all else that the controller is told by
 * controller.c; here it comes and goes.
 */
#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "nvme.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Disks of NVM Express: /dev/nvme0n1");
MODULE_VERSION("1.0");

#define CONTROLLERS 32u

PCI_CLAIM(claim_nvme, PCI_CLASS(01, 08, 02));

static DEFINE_BLKDEV_ATTIC(attic);
static DEFINE_SPINLOCK(numbers_lock);
static uint32_t numbers; /* [L] a bit each */

static int number_take(struct controller *controller)
{
	unsigned number = 0;

	spin_lock(&numbers_lock);
	while (number < CONTROLLERS && numbers >> number & 1)
		number++;
	if (number < CONTROLLERS)
		numbers |= 1u << number;
	spin_unlock(&numbers_lock);
	controller->number = number;
	format_text(controller->name, sizeof(controller->name), "nvme%un1", number);
	return number < CONTROLLERS ? 0 : -ENOSPC;
}

static void number_give(const struct controller *controller)
{
	if (controller->number == CONTROLLERS)
		return;
	spin_lock(&numbers_lock);
	numbers &= ~(1u << controller->number);
	spin_unlock(&numbers_lock);
}

/* With messages an interrupt is the controller's own; on a line there is something, or not. What
 * finds it broken has asked for its recovery: interrupts of others on the line do not once more. */
static enum irq_result handle(struct irq_handler *handler)
{
	struct controller *controller = container_of(handler, struct controller, handler);
	bool was_broken = controller_is_broken(controller), any = queues_look(controller);

	if (!was_broken && controller_is_broken(controller)) {
		wait_queue_wake(&controller->admin_queue);
		work_queue(&controller->recovery);
	}
	return any || pci_interrupt_messages(controller->pci) ? IRQ_HANDLED : IRQ_NONE;
}

static void recover(struct work *work)
{
	disk_recover(container_of(work, struct controller, recovery));
}

static const struct irq_operations irq_operations = {.handle = handle};
static const struct blkdev_operations disk_operations = {.submit = disk_submit,
							 .reset = disk_reset};

static void controller_free(struct controller *controller)
{
	number_give(controller);
	queues_free(controller);
	io_buffer_give(controller->lists);
	io_buffer_give(controller->page);
	heap_free(controller);
}

/* All that needs no interrupt. */
static int prepare(struct controller *controller)
{
	int error = number_take(controller);

	mutex_init(&controller->resetting, "nvme_reset");
	spin_lock_init(&controller->lock, "nvme");
	wait_queue_init(&controller->admin_queue);
	work_init(&controller->recovery, recover);
	block_slots_init(&controller->slots, BLOCK_SLOTS);
	controller->blkdev.name = controller->name;
	controller->blkdev.operations = &disk_operations;
	controller->lists = io_buffer_take(BLOCK_SLOTS * IO_PAGE);
	controller->page = io_buffer_take(IO_PAGE);
	if (!error && (!controller->lists || !controller->page))
		error = -ENOMEM;
	if (!error)
		error = controller_map(controller);
	return error ? error : queues_make(controller);
}

/* It interrupts no more, it reads and writes no memory, and no recovery runs or will. */
static void stop(struct controller *controller)
{
	mutex_lock(&controller->resetting);
	controller->removed = true;
	controller_break(controller);
	controller_turn_off(controller);
	mutex_unlock(&controller->resetting);
	irq_unregister(&controller->handler);
	work_cancel(&controller->recovery);
}

/* A recovery that is asked for meanwhile waits. */
static int start(struct controller *controller)
{
	int error = pci_interrupts_take(controller->pci, 1);

	if (error < 0)
		return error;
	controller->handler = (struct irq_handler){.name = controller->name,
						   .line = pci_interrupt_line(controller->pci, 0),
						   .operations = &irq_operations};
	error = irq_register(&controller->handler);
	if (error)
		return error;
	mutex_lock(&controller->resetting);
	error = controller_begin(controller);
	if (!error)
		error = controller_identify(controller);
	mutex_unlock(&controller->resetting);
	if (!error)
		error = blkdev_register(&controller->blkdev);
	if (error)
		stop(controller);
	return error;
}

/* What could not end with its device, since it was open. */
static void clear_attic(void)
{
	struct blkdev *blkdev;

	while ((blkdev = blkdev_attic_take(&attic)) != NULL)
		controller_free(container_of(blkdev, struct controller, blkdev));
}

static int nvme_probe(struct pci_driver *driver, struct pci_device *pci)
{
	struct controller *controller;
	int error = -ENOMEM;

	clear_attic();
	controller = heap_alloc_zeroed(sizeof(*controller));
	if (controller) {
		controller->pci = pci;
		controller->number = CONTROLLERS;
		error = prepare(controller);
		if (!error)
			error = start(controller);
	}
	if (error) {
		printk(KERN_ERR "nvme: %s: no disk: %s\n", pci_device_name(pci), errno_text(error));
		if (controller) {
			io_unmap((void *)controller->registers);
			controller_free(controller);
		}
		return error;
	}
	pci_set_data(pci, controller);
	printk("nvme: %s: %s, %llu KiB\n", pci_device_name(pci), controller->name,
	       (unsigned long long)(controller->blkdev.sectors / 2));
	return 0;
}

static void nvme_remove(struct pci_driver *driver, struct pci_device *pci)
{
	struct controller *controller = pci_data(pci);

	stop(controller);
	blkdev_gone(&controller->blkdev);
	io_unmap((void *)controller->registers);
	if (blkdev_retire(&attic, &controller->blkdev) == 0)
		controller_free(controller);
}

static const struct pci_driver_operations operations = {.probe = nvme_probe, .remove = nvme_remove};
static struct pci_driver driver = {
    .name = "nvme", .claims = {claim_nvme}, .operations = &operations};

static int __init nvme_init(void)
{
	return pci_driver_register(&driver);
}

static void nvme_exit(void)
{
	pci_driver_unregister(&driver);
	clear_attic();
}

module_init(nvme_init);
module_exit(nvme_exit);
