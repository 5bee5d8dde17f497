/*
 * lsblk: a row a disk. Each row is a copy, made under the lock that keeps the entry there.
 */
#include <string.h>

#include <kernel/module.h>
#include <kernel/stream.h>

#include "block_internal.h"

#define TEXT_SIZE 64

struct row {
	char name[TEXT_SIZE], module[TEXT_SIZE];
	uint64_t sectors;
	uint32_t block_size, flags;
};

static bool copy_row(unsigned index, struct row *row)
{
	struct registration *registration;

	spin_lock(&blkdev_interface.lock);
	registration = registration_nth_locked(&blkdev_interface, index);
	if (registration) {
		const struct blkdev *blkdev =
		    container_of(registration, struct blkdev, registration);

		strlcpy(row->name, registration->name, sizeof(row->name));
		strlcpy(row->module, module_name(registration->owner), sizeof(row->module));
		row->sectors = blkdev->sectors;
		row->block_size = blkdev->block_size;
		row->flags = blkdev->flags;
	}
	spin_unlock(&blkdev_interface.lock);
	return registration != NULL;
}

int lsblk_run(struct command_call *call)
{
	struct row row;

	if (call->argc != 1)
		return command_fail(call, call->argv[1], -EINVAL, "usage: lsblk");
	command_print(call, "%-10s %12s %6s %s %s\n", "Name", "Size", "Block", "Mode", "Driver");
	for (unsigned i = 0; copy_row(i, &row); i++)
		command_print(call, "%-10s %12llu %6u %-4s %s\n", row.name,
			      (unsigned long long)(row.sectors / 2), row.block_size,
			      row.flags & BLKDEV_READ_ONLY ? "ro" : "rw", row.module);
	return 0;
}
