/*
 * Disks by virtio. Each request has a cell in memory that the device sees: the header that it reads
 * and the status that it writes. The rule: a request is completed by the party that gets its token
 * back from the queue, the interrupt's handler or, after the device has been stopped, a reset.
 * Source: VIRTIO 1.1, 5.2.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/work.h>

#include "disk.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Disks by virtio: /dev/vda");
MODULE_VERSION("1.0");

PCI_CLAIM(claim_modern, PCI_DEVICE(1AF4, 1042));
PCI_CLAIM(claim_transitional, PCI_DEVICE(1AF4, 1001));

static DEFINE_BLKDEV_ATTIC(attic);

static enum irq_result handle(struct irq_handler *handler)
{
	struct disk *disk = container_of(handler, struct disk, handler);

	if (!virtio_interrupted(disk->virtio))
		return IRQ_NONE;
	disk_finish_all(disk);
	if (virtio_queue_is_broken(disk->queue))
		work_queue(&disk->recovery);
	return IRQ_HANDLED;
}

static const struct irq_operations irq_operations = {.handle = handle};

static void recover(struct work *work)
{
	disk_recover(container_of(work, struct disk, recovery));
}

static const struct blkdev_operations disk_operations = {.submit = disk_submit,
							 .reset = disk_reset};

/* It interrupts no more, and no recovery runs or will. */
static void stop(struct disk *disk)
{
	mutex_lock(&disk->resetting);
	disk->removed = true;
	virtio_stop(disk->virtio);
	mutex_unlock(&disk->resetting);
	irq_unregister(&disk->handler);
	work_cancel(&disk->recovery);
}

/* From here on the device may interrupt, read and write. */
static int start(struct disk *disk, struct pci_device *pci)
{
	int error = pci_interrupts_take(pci, 1);

	if (error < 0)
		return error;
	disk->handler = (struct irq_handler){
	    .name = disk->name, .line = pci_interrupt_line(pci, 0), .operations = &irq_operations};
	error = virtio_queue_open(disk->virtio, 0, QUEUE_MOST, 0, &disk->queue);
	if (!error)
		error = disk_read_config(disk);
	if (!error)
		error = irq_register(&disk->handler);
	if (error)
		return error;
	error = virtio_start(disk->virtio);
	if (!error)
		error = blkdev_register(&disk->blkdev);
	if (error)
		stop(disk);
	return error;
}

static void disk_free(struct disk *disk)
{
	name_give(disk);
	io_buffer_give(disk->memory);
	heap_free(disk);
}

static int prepare(struct disk *disk, struct pci_device *pci)
{
	int error = name_take(disk);

	if (error)
		return error;
	mutex_init(&disk->resetting, "virtio_blk_reset");
	block_slots_init(&disk->slots, BLOCK_SLOTS);
	work_init(&disk->recovery, recover);
	disk->blkdev.name = disk->name;
	disk->blkdev.operations = &disk_operations;
	disk->memory = io_buffer_take(BLOCK_SLOTS * sizeof(struct cell));
	if (!disk->memory)
		return -ENOMEM;
	disk->cells = io_buffer_memory(disk->memory);
	error = virtio_open(pci, FEATURES, &disk->virtio);
	if (error)
		return error;
	error = start(disk, pci);
	if (error)
		virtio_close(disk->virtio);
	return error;
}

/* What could not end with its device, since it was open. */
static void clear_attic(void)
{
	struct blkdev *blkdev;

	while ((blkdev = blkdev_attic_take(&attic)) != NULL)
		disk_free(container_of(blkdev, struct disk, blkdev));
}

static int blk_probe(struct pci_driver *driver, struct pci_device *pci)
{
	struct disk *disk;
	int error;

	clear_attic();
	disk = heap_alloc_zeroed(sizeof(*disk));
	error = disk ? prepare(disk, pci) : -ENOMEM;
	if (error) {
		printk(KERN_ERR "virtio_blk: %s: no disk: %s\n", pci_device_name(pci),
		       errno_text(error));
		if (disk)
			disk_free(disk);
		return error;
	}
	pci_set_data(pci, disk);
	printk("virtio_blk: %s: %s, %llu KiB\n", pci_device_name(pci), disk->name,
	       (unsigned long long)(disk->blkdev.sectors / 2));
	return 0;
}

/* No request is under way but when the device has been pulled out; those end with an error. */
static void blk_remove(struct pci_driver *driver, struct pci_device *pci)
{
	struct disk *disk = pci_data(pci);

	stop(disk);
	blkdev_gone(&disk->blkdev);
	virtio_close(disk->virtio);
	disk->virtio = NULL;
	if (blkdev_retire(&attic, &disk->blkdev) == 0)
		disk_free(disk);
}

static const struct pci_driver_operations operations = {.probe = blk_probe, .remove = blk_remove};
static struct pci_driver driver = {
    .name = "virtio_blk", .claims = {claim_modern, claim_transitional}, .operations = &operations};

static int __init blk_init(void)
{
	return pci_driver_register(&driver);
}

static void blk_exit(void)
{
	pci_driver_unregister(&driver);
	clear_attic();
}

module_init(blk_init);
module_exit(blk_exit);
