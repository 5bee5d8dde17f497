#pragma once

#include <stdint.h>

#include <kernel/file.h>

#include <bus/booking.h>
#include <bus/call.h>
#include <bus/registration.h>

/*
 * An open file: a span on the node or the filesystem that it belongs to. Both have open, read,
 * write and release, in this order; @open says where they begin.
 */
struct file {
	struct span span;
	struct booking booking;
	unsigned flags;		   /* [I] FILE_READ, FILE_WRITE */
	unsigned open;		   /* [I] index of the operation open */
	void *self;		   /* [I] the node or the filesystem: what operations get first */
	void *second;		   /* [I] and second: a node &data, a filesystem data */
	struct point *mount;	   /* [I] NULL: not below a mount; else it is one of its users */
	void *data;		   /* what the module's open returned */
	char path[PATH_LIMIT + 1]; /* [I] */
};

/* Where a path leads: a call that has begun in the filesystem there. */
struct target {
	struct call call;
	const struct point *point; /* during the call */
	struct point *mount;	   /* the point, which has one more user; NULL: attached */
	const char *below;	   /* the rest of @normal */
	char normal[PATH_LIMIT + 1];
};

/* point.c: @operation is one of the filesystem's; every success is ended by target_end. -ENOENT. */
int target_begin(struct target *target, const char *path, unsigned operation);
void target_end(struct target *target);
void mount_unuse(struct point *mount);

extern struct filesystem root_filesystem, dev_filesystem;
