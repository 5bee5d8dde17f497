#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/bus.h>
#include <kernel/source.h>

/*
 * Files by path, of the module `files`. A path is absolute, at most PATH_LIMIT bytes
 * (<kernel/source.h>). An open file is a span: it holds a reference on the module behind it until
 * it is closed. A module that includes this depends on `files`: its build says NAME-depends :=
 * files. Once `files` has failed, everything here answers -ENODEV. Context: thread.
 */

enum file_kind {
	FILE_REGULAR,
	FILE_DIRECTORY,
	FILE_DEVICE,
};

#define FILE_READ 0x1u
#define FILE_WRITE 0x2u
#define FILE_CREATE 0x4u
#define FILE_TRUNCATE 0x8u

struct file_status {
	enum file_kind kind;
	uint64_t size;
};

struct directory_entry {
	char name[NAME_LIMIT + 1];
	enum file_kind kind;
	uint64_t size;
};

struct file_space {
	uint64_t total, used; /* bytes */
};

struct file;

/*
 * Opens a file, booked to its owner: what exit leaves open is closed with a warning. -ENODEV also
 * when the owner is leaving or has failed. The owner's own code closes it, once. Context: thread.
 */
#define file_open(path, flags, file) file_open_at(path, flags, THIS_MODULE, HERE, file)
int file_open_at(const char *path, unsigned flags, struct module *owner,
		 const struct source_location *place, struct file **file);
/* Bytes read or written (0: end of file), or a negative errno; -ENODEV when its module was forced
 * out. */
long file_read(struct file *file, void *buffer, size_t size, uint64_t offset);
long file_write(struct file *file, const void *buffer, size_t size, uint64_t offset);
/* Of what is not open: nothing, and a line in the log that names the caller. */
void file_close(struct file *file);
/* Of a regular file: 0 or a negative errno; -ENXIO: a node, which has none. */
int file_size(struct file *file, uint64_t *size);
/* The first @size bytes, all of them: 0 or a negative errno; -EIO when there are fewer. */
int file_read_all(struct file *file, void *buffer, size_t size);
/* The whole file into fresh memory booked to @owner; errors as those of open and file_size. */
int file_load(const char *path, struct module *owner, void **bytes, size_t *size);
int file_status(const char *path, struct file_status *status);
/* The @index-th entry of a directory, in a stable order; -ENOENT past the last. */
int directory_read(const char *path, unsigned index, struct directory_entry *entry);
int file_remove(const char *path);
int directory_create(const char *path);
/* What the filesystem at @path says of its room; -EROFS: it keeps nothing of its own. */
int file_space(const char *path, struct file_space *space);
/* Of the filesystem at @path: what was written to it is where a power cut does not reach it. */
int file_sync(const char *path);

/*
 * Interface `node`: one entry of /dev. open and release may be absent; read and write may sleep and
 * return bytes or a negative errno (absent: -EINVAL). A node's file has no size: it ends when read
 * returns 0. @file_private is a word of the open file that open may set.
 */
struct node;

struct node_operations {
	int (*open)(struct node *node, void **file_private);
	long (*read)(struct node *node, void **file_private, void *buffer, size_t size,
		     uint64_t offset);
	long (*write)(struct node *node, void **file_private, const void *buffer, size_t size,
		      uint64_t offset);
	void (*release)(struct node *node, void **file_private);
};

struct node {
	const char *name; /* in /dev */
	const struct node_operations *operations;
	struct registration registration;
};

extern struct interface node_interface;
#define node_register(entry) REGISTRATION_ENTER(register, node, &node_interface, entry, THIS_MODULE)
#define node_reserve(entry) REGISTRATION_ENTER(reserve, node, &node_interface, entry, THIS_MODULE)
#define node_unregister(entry) REGISTRATION_LEAVE(node, entry)

/*
 * Interface `filesystem`: files and directories below a mount point. Paths given to it are relative
 * to the mount's root, without a leading '/', "" for the root itself, already normalised. open
 * refuses a folder with -EISDIR; measure says the size of what is open. A mount is a span; one that
 * names an @attach point is also visible there, without mount, while registered.
 */
struct filesystem;

struct filesystem_operations {
	int (*mount)(struct filesystem *filesystem, const char *source, void **mount);
	void (*unmount)(struct filesystem *filesystem, void *mount);
	int (*open)(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		    void **file);
	long (*read)(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		     uint64_t offset);
	long (*write)(struct filesystem *filesystem, void *file, const void *buffer, size_t size,
		      uint64_t offset);
	void (*release)(struct filesystem *filesystem, void *file);
	int (*measure)(struct filesystem *filesystem, void *file, uint64_t *size);
	int (*status)(struct filesystem *filesystem, void *mount, const char *path,
		      struct file_status *status);
	int (*list)(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		    struct directory_entry *entry);
	int (*remove)(struct filesystem *filesystem, void *mount, const char *path);
	int (*create_directory)(struct filesystem *filesystem, void *mount, const char *path);
	int (*space)(struct filesystem *filesystem, void *mount, const char *path,
		     struct file_space *space);
	int (*sync)(struct filesystem *filesystem, void *mount, const char *path);
};

/* Where a filesystem stands in the tree of paths; the module files' own. */
struct point {
	struct list_node node;	       /* [L] of the interface `filesystem` */
	struct filesystem *filesystem; /* [I] of a mount: used only by calls in its span */
	void *data;		       /* [I] what operations get as @mount */
	bool mounted;		       /* [I] false: attached */
	uint32_t users;		       /* [A] of a mount: files open below it, calls under way */
	struct span span;	       /* of a mount */
	char type[NAME_LIMIT + 1];     /* [I] */
	char path[PATH_LIMIT + 1];     /* [I] normal */
};

struct filesystem {
	const char *name;
	const char *attach;   /* NULL, or a path like "/modules" */
	void *attached_mount; /* what operations get as @mount for the attach point */
	const struct filesystem_operations *operations;
	struct registration registration;
	struct point point; /* where it is attached, belongs to the module files */
};

extern struct interface filesystem_interface;
#define filesystem_register(entry)                                                                 \
	REGISTRATION_ENTER(register, filesystem, &filesystem_interface, entry, THIS_MODULE)
#define filesystem_reserve(entry)                                                                  \
	REGISTRATION_ENTER(reserve, filesystem, &filesystem_interface, entry, THIS_MODULE)
#define filesystem_unregister(entry) REGISTRATION_LEAVE(filesystem, entry)

int file_mount(const char *type, const char *source, const char *path);
int file_unmount(const char *path); /* -EBUSY while files are open below it */
/* One line of the mounts: point and filesystem, copied; -ENOENT past the last. */
int mount_describe(unsigned index, char *path, size_t path_size, char *type, size_t type_size);
