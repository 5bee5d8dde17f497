/*
 * Disks as a module: the interface `blkdev`, what is open of a disk, lsblk. What is kept of a disk
 * lies in this module's memory, so that a requester that comes late finds out that the disk has
 * gone, and nothing else.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>

#include "block_internal.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Disks: requests, nodes in /dev, lsblk");
MODULE_VERSION("1.0");

struct block_handle {
	struct way way;
	struct span span;
};

static struct blkdev *blkdev_of(struct registration *registration)
{
	return container_of(registration, struct blkdev, registration);
}

void disk_put(struct disk *disk)
{
	if (disk && __atomic_sub_fetch(&disk->references, 1, __ATOMIC_ACQ_REL) == 0)
		heap_free(disk);
}

/* A driver that has not failed yet has its entry, and with it a reference. */
struct disk *disk_get(struct blkdev *blkdev)
{
	struct disk *disk = NULL;

	preempt_disable(); /* its module does not fail from here on */
	if (READ_ONCE(blkdev->registration.owner->state) != MODULE_FAILED) {
		disk = blkdev->disk;
		__atomic_fetch_add(&disk->references, 1, __ATOMIC_RELAXED);
	}
	preempt_enable();
	return disk;
}

static bool limits_are_sane(const struct blkdev *blkdev)
{
	uint32_t block = blkdev->block_size;

	return block >= BLOCK_SECTOR && block <= IO_PAGE && (block & (block - 1)) == 0 &&
	       blkdev->sectors > 0 && blkdev->sectors <= UINT64_MAX / BLOCK_SECTOR / 2 &&
	       blkdev->sectors % (block / BLOCK_SECTOR) == 0 && blkdev->parts_max >= 1 &&
	       blkdev->parts_max <= BLOCK_PARTS && blkdev->sectors_max >= block / BLOCK_SECTOR;
}

static int entering(struct registration *registration)
{
	struct blkdev *blkdev = blkdev_of(registration);
	struct disk *disk;

	if (!limits_are_sane(blkdev))
		return registration_refuse(registration, -EINVAL,
					   "no disk has such a size, block or limits");
	disk = heap_alloc_zeroed(sizeof(*disk));
	if (!disk)
		return -ENOMEM;
	disk->references = 1;
	disk->geometry = (struct block_geometry){.sectors = blkdev->sectors,
						 .block_size = blkdev->block_size,
						 .flags = blkdev->flags,
						 .parts_max = blkdev->parts_max,
						 .sectors_max = blkdev->sectors_max};
	strlcpy(disk->geometry.name, blkdev->name, sizeof(disk->geometry.name));
	spin_lock_init(&disk->lock, "disk");
	list_init(&disk->under_way);
	mutex_init(&disk->edges, "disk_edges");
	mutex_init(&disk->resets, "disk_resets");
	blkdev->disk = disk;
	return 0;
}

/* Of a driver that has failed the device has been kept from memory since that very stop (pci). */
static void left(struct registration *registration)
{
	struct blkdev *blkdev = blkdev_of(registration);
	struct disk *disk = blkdev->disk;

	if (!disk)
		return; /* it was refused */
	requests_end(disk, -ENODEV, false);
	blkdev->disk = NULL;
	disk_put(disk);
}

struct interface blkdev_interface = {
    .name = "blkdev",
    INTERFACE_OPERATIONS("submit", "reset"),
    .required = 3,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE | INTERFACE_TYPED,
    INTERFACE_ENTRY(blkdev),
    .entering = entering,
    .left = left,
};
EXPORT_SYMBOL(blkdev_interface);

void blkdev_make_node(struct blkdev *blkdev)
{
	blkdev->node.name = blkdev->name;
	blkdev->node.operations = &disk_node_operations;
}
EXPORT_SYMBOL(blkdev_make_node);

void blkdev_gone(struct blkdev *blkdev)
{
	requests_end(blkdev->disk, -EIO, true);
}
EXPORT_SYMBOL(blkdev_gone);

int block_open_at(const char *name, struct module *opener, const struct source_location *place,
		  struct block_handle **result)
{
	struct block_handle *handle = heap_alloc_zeroed_at(sizeof(*handle), opener, place);
	struct call call;
	int error;

	if (!handle)
		return -ENOMEM;
	error = call_begin_by_name(&call, &blkdev_interface, name, OPERATION(blkdev, submit));
	if (!error) {
		handle->way.blkdev = blkdev_of(call.registration);
		handle->way.disk = disk_get(handle->way.blkdev);
		handle->way.span = &handle->span;
		error = handle->way.disk
			    ? span_open_at(&handle->span, call.registration, name, opener, place)
			    : -ENODEV;
		call_end(&call);
	}
	if (error) {
		disk_put(handle->way.disk);
		heap_free(handle);
		return error;
	}
	*result = handle;
	return 0;
}
EXPORT_SYMBOL(block_open_at);

void block_close(struct block_handle *handle)
{
	span_close(&handle->span);
	disk_put(handle->way.disk);
	heap_free(handle);
}
EXPORT_SYMBOL(block_close);

const struct block_geometry *block_geometry(const struct block_handle *handle)
{
	return &handle->way.disk->geometry;
}
EXPORT_SYMBOL(block_geometry);

int block_submit(struct block_handle *handle, struct block_request *request)
{
	return request_submit(&handle->way, request);
}
EXPORT_SYMBOL(block_submit);

int block_wait(struct block_handle *handle, struct block_request *request)
{
	return request_wait(&handle->way, request);
}
EXPORT_SYMBOL(block_wait);

static const struct command_operations lsblk_operations = {.run = lsblk_run};
static struct command lsblk = {.name = "lsblk",
			       .help = "lists disks",
			       .details = "Sizes are in KiB.\n"
					  "Example: lsblk",
			       .group = "files",
			       .operations = &lsblk_operations};

static int __init block_init(void)
{
	int error = interface_register(&blkdev_interface);

	if (error)
		return error;
	requests_init();
	error = command_register(&lsblk);
	if (error)
		interface_unregister(&blkdev_interface);
	return error;
}

static void block_exit(void)
{
	command_unregister(&lsblk);
	interface_unregister(&blkdev_interface);
}

module_init(block_init);
module_exit(block_exit);
