#pragma once

#include <kernel/command.h>
#include <kernel/mutex.h>

#include <block/blkdev.h>

/* What the files of block know of each other. */

enum request_state {
	REQUEST_NONE,
	REQUEST_UNDER_WAY, /* [Q] in the disk's list */
	REQUEST_DONE,
};

/*
 * What block keeps of a disk, in memory of its own: it outlives the driver's, as long as it is
 * referred to. The entry has one reference, each handle and each call in a node another.
 */
struct disk {
	uint32_t references;		/* [A] */
	struct block_geometry geometry; /* [I] */
	struct spinlock lock;		/* taken by interrupts */
	struct list_node under_way;	/* [Q] requests */
	uint32_t submitters;		/* [Q] threads in submit or reset */
	bool gone;			/* [Q] only ever set: no device, or no driver any more */
	int gone_error;			/* [Q] what requests end with then */
	struct mutex edges;		/* one thread at a time changes parts of blocks */
	struct mutex resets;		/* one reset at a time */
};

/* NULL: its driver has failed. The caller is in a call of the driver's module. */
struct disk *disk_get(struct blkdev *blkdev);
void disk_put(struct disk *disk); /* NULL is fine */

/* By which way the driver's operations are called: in a span, or, in a call of its module, bare of
 * one. The reference on ->disk is the caller's. */
struct way {
	struct disk *disk;
	struct blkdev *blkdev; /* not followed here: its memory may have gone */
	struct span *span;     /* NULL: the caller is in a call of the disk's module */
};

void requests_init(void);
int request_submit(const struct way *way, struct block_request *request);
int request_wait(const struct way *way, struct block_request *request);
/* From here on all requests end with @error; those under way, too: the device reads and writes no
 * memory. With @wait it returns when no thread is in the driver. */
void requests_end(struct disk *disk, int error, bool wait);

/* node.c: bytes of a disk. */
extern const struct node_operations disk_node_operations;

int lsblk_run(struct command_call *call);
