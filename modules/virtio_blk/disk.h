#pragma once

#include <kernel/irq.h>
#include <kernel/mutex.h>
#include <kernel/work.h>

#include <block/slots.h>
#include <virtio/virtio.h>

/* What the files of virtio_blk know of each other. */

#define QUEUE_MOST 256u /* places of the queue */

/* VIRTIO 1.1, 5.2.3. */
#define FEATURE_SEGMENTS (1ull << 2)
#define FEATURE_READ_ONLY (1ull << 5)
#define FEATURE_BLOCK_SIZE (1ull << 6)
#define FEATURE_FLUSH (1ull << 9)
#define FEATURE_DISCARD (1ull << 13)
#define FEATURES                                                                                   \
	(FEATURE_SEGMENTS | FEATURE_READ_ONLY | FEATURE_BLOCK_SIZE | FEATURE_FLUSH |               \
	 FEATURE_DISCARD)

/* What a request has beside its data, 5.2.6; a line of the cache each. */
struct cell {
	uint32_t kind, reserved; /* read by the device */
	uint64_t sector;
	uint64_t discard_first; /* DISCARD: what else it reads */
	uint32_t discard_count, discard_flags;
	uint8_t status; /* written by the device */
	uint8_t rest[31];
};

struct disk {
	struct blkdev blkdev;
	char name[8];
	unsigned number; /* of the name */
	struct virtio_device *virtio;
	struct virtio_queue *queue;
	struct irq_handler handler;
	struct work recovery;	  /* of a broken queue */
	struct mutex resetting;	  /* one at a time */
	bool removed;		  /* [L] of resetting: there is no device any more */
	struct io_buffer *memory; /* [I] of the cells */
	struct cell *cells;	  /* [I] */
	struct block_slots slots;
};

/* vda to vdz, the first that no disk has; -ENOSPC. */
int name_take(struct disk *disk);
void name_give(struct disk *disk);

int disk_read_config(struct disk *disk); /* what it is, into ->blkdev */
int disk_submit(struct blkdev *blkdev, struct block_request *request);
int disk_reset(struct blkdev *blkdev);
void disk_recover(struct disk *disk);	 /* resets it if its queue is broken */
void disk_finish_all(struct disk *disk); /* what the device has done; any context but nmi */
