#pragma once

#include <stdint.h>

#include <kernel/file.h>

/*
 * An open file is one of two kinds. Both are spans, and both keep the object they belong to: a
 * node, or a filesystem and what its open returned.
 */
struct mount {
	struct list_node node; /* [M] oldest first; M: mounts_mutex */
	struct span span;
	struct filesystem *filesystem; /* [I] used only together with span.operations */
	void *data;		       /* [I] what its mount returned */
	uint32_t users;		       /* [A] files open below it and operations under way */
	char type[NAME_LIMIT + 1];     /* [I] */
	char path[PATH_LIMIT + 1];     /* [I] */
};

struct file {
	struct span span;
	unsigned flags;		       /* [I] FILE_READ, FILE_WRITE */
	struct node *node;	       /* [I] NULL: a filesystem's */
	struct filesystem *filesystem; /* [I] */
	struct mount *mount;	       /* [I] NULL: below an attach point; else one of its users */
	void *data;		       /* what the module's open returned */
	char path[PATH_LIMIT + 1];     /* [I] */
};

/* node.c: /dev/NAME */
int node_open(struct file *file, const char *name);
long node_read(struct file *file, void *buffer, size_t size, uint64_t offset);
long node_write(struct file *file, const void *buffer, size_t size, uint64_t offset);
void node_close(struct file *file);
int node_status(const char *name, struct file_status *status);
int node_list(unsigned index, struct directory_entry *entry);

/*
 * filesystem.c: the filesystem that a normal path leads to. A call is begun in it; @operations may
 * be the dead ones. -ENOENT when the path leads to none. Every success is ended by target_end.
 */
struct target {
	struct call call;
	const struct filesystem_operations *operations;
	struct filesystem *filesystem;
	struct mount *mount; /* NULL: an attach point */
	void *data;
	const char *below; /* the rest of the path */
};
int target_begin(struct target *target, const char *normal, const char *operation);
void target_end(struct target *target);
/* The names in the root directory that mounts and attach points make; -ENOENT past the last. */
int filesystem_root_name(unsigned index, char name[NAME_LIMIT + 1]);

/* mount.c, with its mutex: the mount that @normal lies in, with one more user; NULL. */
struct mount *mount_use(const char *normal, const char **below);
void mount_unuse(struct mount *mount);
int mount_root_name(unsigned index, char name[NAME_LIMIT + 1]);
bool filesystem_attached(const char *normal);
int filesystem_attach_describe(unsigned index, char *path, size_t path_size, char *type,
			       size_t type_size);
extern struct interface filesystem_interface;
/* The first component of a path, cut to the limit. */
void first_component(const char *path, char name[NAME_LIMIT + 1]);
