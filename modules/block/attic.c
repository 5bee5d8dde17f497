/*
 * Disks that are gone and still open. The bus does not let an entry end while a span is open on it;
 * its driver asks again when a device comes, and in exit, when no span can be open any more.
 */
#include <kernel/module.h>

#include "block_internal.h"

int blkdev_retire(struct blkdev_attic *attic, struct blkdev *blkdev)
{
	int error = blkdev_unregister(blkdev);

	if (!error)
		return 0;
	mutex_lock(&attic->lock);
	list_add_last(&attic->disks, &blkdev->in_attic);
	mutex_unlock(&attic->lock);
	return error;
}
EXPORT_SYMBOL(blkdev_retire);

struct blkdev *blkdev_attic_take(struct blkdev_attic *attic)
{
	struct blkdev *blkdev, *found = NULL;

	mutex_lock(&attic->lock);
	list_for_each(blkdev, &attic->disks, in_attic) {
		if (blkdev_unregister(blkdev) != 0)
			continue;
		found = blkdev;
		list_remove(&blkdev->in_attic);
		break;
	}
	mutex_unlock(&attic->lock);
	return found;
}
EXPORT_SYMBOL(blkdev_attic_take);
