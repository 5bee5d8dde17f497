#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <files/file.h>
#include <io_buffer/io_buffer.h>
#include <kernel/bus.h>
#include <kernel/mutex.h>

/*
 * Disks, of the module `block`: requests for sectors, many at once. A driver registers a `blkdev`
 * for each disk, which is also the node /dev/NAME; what uses a disk opens it and submits. A module
 * that includes this says NAME-depends := block files io_buffer. docs/devices.md has the idea.
 * Letters: Q: a lock of block's, interrupts off. R: of the requester but between block_submit and
 * the end of block_wait.
 */
#define BLOCK_SECTOR 512u /* the unit of places and lengths, whatever the disk's own is */
#define BLOCK_PARTS 16u

enum block_operation {
	BLOCK_READ,
	BLOCK_WRITE,
	BLOCK_FLUSH,   /* what was written before and is done is safe from a power cut */
	BLOCK_DISCARD, /* what stands there is of no use any more */
};

/* A piece of memory that takes part, in whole sectors. */
struct block_part {
	struct io_buffer *buffer;
	uint32_t offset, length;
};

struct blkdev;

/*
 * One request. Zeroed before first use; used again after block_wait. Its memory stays until then.
 * While it is under way its buffers are lent.
 */
struct block_request {
	enum block_operation operation;	      /* [R] */
	uint64_t first, count;		      /* [R] in sectors; FLUSH: 0 */
	struct block_part parts[BLOCK_PARTS]; /* [R] READ, WRITE: together @count sectors */
	unsigned part_count;		      /* [R] */
	struct list_node under_way;	      /* [Q] */
	uint32_t state;			      /* [Q] and [A] the module block's */
	int error;			      /* [R] once it is done */
	void *driver_word;		      /* of the driver, between submit and block_complete */
};

/*
 * Interface `blkdev`. submit: takes the request, and ends it later, or before it returns, by
 * block_complete; or refuses it: -EAGAIN, it has as many as it can have, and asks again after one
 * is done; another error ends the request. It does not wait for the disk. What it is given is
 * within the disk and its limits. reset: the disk does not answer: when it returns the device has
 * stopped reading and writing memory, every request that it had has been completed, with -EIO if
 * nothing else, and it takes new ones again if it can. Both may be called by several threads at
 * once; reset by one at a time.
 */
struct blkdev_operations {
	int (*submit)(struct blkdev *disk, struct block_request *request);
	int (*reset)(struct blkdev *disk);
};

#define BLKDEV_READ_ONLY 0x1u
#define BLKDEV_FLUSH 0x2u   /* it has a cache that a power cut loses; FLUSH empties it */
#define BLKDEV_DISCARD 0x4u /* it takes DISCARD */
/* Parts meet at the ends of pages: every one but the first begins, every one but the last ends at
 * one. */
#define BLKDEV_WHOLE_PAGES 0x8u

/* Zeroed before the first use, on the heap or static. Its driver's memory until it is out. */
struct blkdev {
	const char *name;     /* [I] "vda" */
	uint64_t sectors;     /* [I] */
	uint32_t block_size;  /* [I] bytes that it reads and writes at once, 512 to 4096 */
	uint32_t flags;	      /* [I] */
	uint32_t parts_max;   /* [I] of a request; 1 to BLOCK_PARTS */
	uint32_t sectors_max; /* [I] of a request */
	const struct blkdev_operations *operations;
	struct registration registration;
	struct node node;  /* /dev/NAME, of the same owner */
	struct disk *disk; /* [I] the module block's own part; NULL: not registered */
	struct list_node in_attic;
};

extern struct interface blkdev_interface;

/*
 * The disk and its node. -EINVAL: a size, a block or a limit that cannot be, with a line in the
 * log; -EEXIST: the name is taken. Context: thread.
 */
#define blkdev_register(disk)                                                                      \
	({                                                                                         \
		struct blkdev *disk_ = (disk);                                                     \
		int error_ =                                                                       \
		    REGISTRATION_ENTER(register, blkdev, &blkdev_interface, disk_, THIS_MODULE);   \
		if (!error_) {                                                                     \
			blkdev_make_node(disk_);                                                   \
			error_ = node_register(&disk_->node);                                      \
			if (error_)                                                                \
				REGISTRATION_LEAVE(blkdev, disk_);                                 \
		}                                                                                  \
		error_;                                                                            \
	})
/* -EBUSY: something has it open: call it again after that, at the latest in exit. */
#define blkdev_unregister(disk)                                                                    \
	({                                                                                         \
		struct blkdev *disk_ = (disk);                                                     \
		int error_ = node_unregister(&disk_->node);                                        \
		if (!error_)                                                                       \
			error_ = REGISTRATION_LEAVE(blkdev, disk_);                                \
		error_;                                                                            \
	})
void blkdev_make_node(struct blkdev *disk); /* for blkdev_register */

/*
 * Disks of a driver whose devices are gone, and that something still has open. blkdev_retire: as
 * blkdev_unregister, and keeps the disk here when that says -EBUSY; 0: it is the driver's to free.
 * blkdev_attic_take: one that is not open any more, and is the driver's to free; NULL: none. A
 * driver asks when a device comes, and in exit, when it gets all. Context: thread.
 */
struct blkdev_attic {
	struct mutex lock;
	struct list_node disks; /* [L] */
};
#define DEFINE_BLKDEV_ATTIC(name)                                                                  \
	struct blkdev_attic name = {.lock = MUTEX_INIT(name.lock, #name),                          \
				    .disks = LIST_INIT(name.disks)}
int blkdev_retire(struct blkdev_attic *attic, struct blkdev *disk);
struct blkdev *blkdev_attic_take(struct blkdev_attic *attic);

/*
 * There is no device any more, and it reads and writes no memory: what was under way ends with
 * -EIO, and so does all that is submitted from here on. When it returns no thread is in submit or
 * reset. Context: thread.
 */
void blkdev_gone(struct blkdev *disk);
/*
 * The request is done: 0 or a negative errno. Once; a second time is told in the log. For the
 * driver that has it. Context: any but nmi.
 */
void block_complete(struct blkdev *disk, struct block_request *request, int error);

/*
 * A disk that is open: a span, which holds its driver; booked to the opener. -ENOENT: there is no
 * such disk; -ENOMEM. Context: thread.
 */
struct block_handle;
#define block_open(name, handle) block_open_at(name, THIS_MODULE, HERE, handle)
int block_open_at(const char *name, struct module *opener, const struct source_location *place,
		  struct block_handle **handle);
/* After the last request of its has been waited for. */
void block_close(struct block_handle *handle);

struct block_geometry {
	char name[NAME_LIMIT + 1];
	uint64_t sectors;
	uint32_t block_size, flags, parts_max, sectors_max;
};
const struct block_geometry *block_geometry(const struct block_handle *handle);

/*
 * Begins a request. 0: it is under way, and block_wait is to be called; else it is not: -EINVAL
 * (not within the disk, not whole blocks, or its parts do not add up), -EROFS, -EOPNOTSUPP, -EIO
 * (the device is gone), -ENODEV (its driver is). Sleeps while the disk has as many as it can have.
 */
int block_submit(struct block_handle *handle, struct block_request *request);
/* Waits until it is done, and returns how: 0 or a negative errno. A disk that does not answer for
 * BLOCK_PATIENCE_S seconds (parameter `patience` of block) is reset. */
#define BLOCK_PATIENCE_S 30u
int block_wait(struct block_handle *handle, struct block_request *request);
