#pragma once

#include <stdint.h>

#include <files/file.h>

#include <kernel/booking.h>
#include <kernel/open_set.h>

/*
 * An open file: a span on the node or the filesystem that it belongs to. Both have open, read,
 * write and release, in this order; @open says where they begin.
 */
struct file {
	struct open_node open_node;
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

/* point.c: @caller is for reports, and @operation one of the filesystem's; every success is ended
 * by target_end. -ENOENT; -ENODEV: this module has failed. */
int target_begin(struct target *target, const char *path, unsigned operation, const void *caller);
#define CALLER __builtin_return_address(0)
void target_end(struct target *target);
void mount_unuse(struct point *mount);

extern struct filesystem root_filesystem; /* point.c */

/* point.c: for the root and /dev, which cannot be mounted elsewhere, and whose files have no bytes
 * of their own. */
int own_mount(struct filesystem *own, const char *source, void **mount);
long own_read(struct filesystem *own, void *file, void *buffer, size_t size, uint64_t offset);
void own_release(struct filesystem *own, void *file);
int own_measure(struct filesystem *own, void *file, uint64_t *size);

/* node.c: /dev with null and zero; commands.c; kernel_ways.c. In init: 0 or a negative errno. */
int dev_register(void);
void dev_unregister(void);
/* copy.c: cp and mv, with two words at least. */
struct command_call;
int copy_or_move(struct command_call *call, bool move);

/* df.c */
int df_run(struct command_call *call);
int sync_run(struct command_call *call);

int commands_register(void);
void commands_unregister(void);
int kernel_ways_register(void);
void kernel_ways_unregister(void);
