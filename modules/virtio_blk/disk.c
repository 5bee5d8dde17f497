/*
 * Requests of one disk, as the device wants them. A cell is taken from submit until the token is
 * back; which request it has is kept beside it, where the device cannot write.
 */
#include "disk.h"

#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>

#define NAMES 26u
#define CAPACITY 0 /* offsets in the configuration, 5.2.4 */
#define SEGMENTS_MAX 12
#define BLOCK_SIZE 20
#define DISCARD_MAX 36

#define KIND_READ 0u
#define KIND_WRITE 1u
#define KIND_FLUSH 4u
#define KIND_DISCARD 11u
#define HEADER_SIZE 16u
#define DISCARD_SIZE 16u
#define STATUS_OK 0u
#define STATUS_UNSUPPORTED 2u
#define STATUS_NONE 0xffu /* the device has not written it */

#define SECTORS_MAX 2048u

static DEFINE_SPINLOCK(names_lock);
static uint32_t names; /* [L] a bit each */

int name_take(struct disk *disk)
{
	unsigned number = 0;

	disk->number = NAMES;
	spin_lock(&names_lock);
	while (number < NAMES && names >> number & 1)
		number++;
	if (number < NAMES)
		names |= 1u << number;
	spin_unlock(&names_lock);
	if (number == NAMES)
		return -ENOSPC;
	disk->number = number;
	format_text(disk->name, sizeof(disk->name), "vd%c", 'a' + (int)number);
	return 0;
}

void name_give(struct disk *disk)
{
	if (disk->number == NAMES)
		return;
	spin_lock(&names_lock);
	names &= ~(1u << disk->number);
	spin_unlock(&names_lock);
}

static int read_number(struct disk *disk, uint64_t feature, unsigned offset, uint32_t *number)
{
	if (!(virtio_features(disk->virtio) & feature))
		return 0;
	return virtio_config_read(disk->virtio, offset, number, sizeof(*number));
}

/* What the device says of itself is held to bounds here, and by block. */
int disk_read_config(struct disk *disk)
{
	uint64_t features = virtio_features(disk->virtio);
	uint32_t segments = 1, block = BLOCK_SECTOR, discard = 0;
	int error = virtio_config_read(disk->virtio, CAPACITY, &disk->blkdev.sectors,
				       sizeof(disk->blkdev.sectors));

	if (!error)
		error = read_number(disk, FEATURE_SEGMENTS, SEGMENTS_MAX, &segments);
	if (!error)
		error = read_number(disk, FEATURE_BLOCK_SIZE, BLOCK_SIZE, &block);
	if (!error)
		error = read_number(disk, FEATURE_DISCARD, DISCARD_MAX, &discard);
	if (error)
		return error;
	segments = max(segments, 1u);
	disk->blkdev.block_size = block;
	disk->blkdev.parts_max =
	    min(min(segments, BLOCK_PARTS), virtio_queue_places(disk->queue) - 2);
	disk->blkdev.sectors_max = SECTORS_MAX;
	if (features & FEATURE_READ_ONLY)
		disk->blkdev.flags |= BLKDEV_READ_ONLY;
	if (features & FEATURE_FLUSH)
		disk->blkdev.flags |= BLKDEV_FLUSH;
	if (features & FEATURE_DISCARD && discard >= SECTORS_MAX)
		disk->blkdev.flags |= BLKDEV_DISCARD;
	return virtio_queue_places(disk->queue) < 3 ? -ENODEV : 0;
}

static void write_header(struct cell *cell, const struct block_request *request)
{
	static const uint32_t kinds[] = {[BLOCK_READ] = KIND_READ,
					 [BLOCK_WRITE] = KIND_WRITE,
					 [BLOCK_FLUSH] = KIND_FLUSH,
					 [BLOCK_DISCARD] = KIND_DISCARD};

	*cell = (struct cell){.kind = kinds[request->operation], .status = STATUS_NONE};
	if (request->operation == BLOCK_READ || request->operation == BLOCK_WRITE)
		cell->sector = request->first;
	if (request->operation == BLOCK_DISCARD) {
		cell->discard_first = request->first;
		cell->discard_count = (uint32_t)request->count;
	}
}

/* Header, data or what is to be discarded, status. How many; *@out of them the device reads. */
static unsigned make_parts(const struct disk *disk, unsigned index,
			   const struct block_request *request, struct virtio_part *parts,
			   unsigned *out)
{
	uint64_t cell = io_buffer_physical(disk->memory) + index * sizeof(struct cell);
	bool discards = request->operation == BLOCK_DISCARD;
	bool data = request->operation == BLOCK_READ || request->operation == BLOCK_WRITE;
	unsigned count = 0;

	parts[count++] = (struct virtio_part){cell, HEADER_SIZE + (discards ? DISCARD_SIZE : 0)};
	for (unsigned i = 0; data && i < request->part_count; i++)
		parts[count++] = (struct virtio_part){io_buffer_physical(request->parts[i].buffer) +
							  request->parts[i].offset,
						      request->parts[i].length};
	*out = request->operation == BLOCK_READ ? 1 : count;
	parts[count++] = (struct virtio_part){cell + offsetof(struct cell, status), 1};
	return count;
}

int disk_submit(struct blkdev *blkdev, struct block_request *request)
{
	struct disk *disk = container_of(blkdev, struct disk, blkdev);
	unsigned index = block_slot_take(&disk->slots, request), count, out;
	struct virtio_part parts[BLOCK_PARTS + 2];
	int error;

	if (index == BLOCK_SLOTS)
		return -EAGAIN;
	write_header(&disk->cells[index], request);
	count = make_parts(disk, index, request, parts, &out);
	error = virtio_queue_add(disk->queue, parts, out, count - out, &disk->cells[index]);
	if (error)
		block_slot_give(&disk->slots, index);
	else
		virtio_queue_notify(disk->queue);
	return error;
}

/* A read that has written less than it was asked for, and says that it was well, was not. */
static int result_of(const struct cell *cell, const struct block_request *request, uint32_t written)
{
	uint8_t status = READ_ONCE(cell->status);

	if (status == STATUS_UNSUPPORTED)
		return -EOPNOTSUPP;
	if (status != STATUS_OK)
		return -EIO;
	if (request->operation == BLOCK_READ && written < request->count * BLOCK_SECTOR)
		return -EIO;
	return 0;
}

void disk_finish_all(struct disk *disk)
{
	struct block_request *request;
	struct cell *cell;
	uint32_t written;
	int error;

	while ((cell = virtio_queue_take(disk->queue, &written)) != NULL) {
		unsigned index = (unsigned)(cell - disk->cells);

		error = result_of(cell, block_slot_look(&disk->slots, index), written);
		request = block_slot_give(&disk->slots, index);
		block_complete(&disk->blkdev, request, error);
	}
}

/* When the device has been stopped no handler gets a token back any more. */
static int reset_locked(struct disk *disk)
{
	struct cell *cell;
	int error;

	CHECK(mutex_is_held(&disk->resetting));
	if (disk->removed)
		return -EIO;
	virtio_stop(disk->virtio);
	while ((cell = virtio_queue_drain(disk->queue)) != NULL)
		block_complete(&disk->blkdev,
			       block_slot_give(&disk->slots, (unsigned)(cell - disk->cells)), -EIO);
	error = virtio_restart(disk->virtio);
	printk(KERN_WARNING "virtio_blk: %s: reset: %s\n", disk->name,
	       error ? errno_text(error) : "it answers again");
	return error;
}

int disk_reset(struct blkdev *blkdev)
{
	struct disk *disk = container_of(blkdev, struct disk, blkdev);
	int error;

	mutex_lock(&disk->resetting);
	error = reset_locked(disk);
	mutex_unlock(&disk->resetting);
	return error;
}

/* A reset that came first has mended it, or has found out that it cannot be. */
void disk_recover(struct disk *disk)
{
	mutex_lock(&disk->resetting);
	if (virtio_queue_is_broken(disk->queue))
		reset_locked(disk);
	mutex_unlock(&disk->resetting);
}
