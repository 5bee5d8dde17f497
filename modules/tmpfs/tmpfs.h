#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <files/file.h>
#include <kernel/mutex.h>

#define PAGE 4096u
#define FILE_LIMIT (16u << 20)

/* [L]: guarded by the mount's lock. */
struct tmpfs_node {
	struct list_node siblings; /* [L] in the parent's children, while it has a name */
	struct list_node children; /* [L] of a folder */
	struct tmpfs_mount *mount; /* [I] */
	enum file_kind kind;	   /* [I] */
	unsigned opens;		   /* [L] */
	bool removed;		   /* [L] it has no name any more */
	uint64_t size;		   /* [L] */
	uint8_t **pages;	   /* [L] NULL entries read as zeros */
	size_t page_slots;	   /* [L] */
	char name[NAME_LIMIT + 1]; /* [I] */
};

struct tmpfs_mount {
	struct mutex lock;
	struct tmpfs_node root;
	uint64_t pages_used, pages_limit; /* [L] */
};

/* tree.c. Of memory that is zeros, before any thread sees the node. */
void node_init(struct tmpfs_node *node, struct tmpfs_mount *mount, enum file_kind kind);
/* What follows with the mount's lock held. Takes a node's name away; frees it unless it is open. */
void remove_locked(struct tmpfs_node *node);
/*
 * Walks @path. *@folder is where its last part stands or would stand, *@last that part; *@node is
 * NULL when there is none of that name yet (and -ENOENT only when a folder on the way is missing).
 */
int walk_locked(struct tmpfs_mount *mount, const char *path, struct tmpfs_node **folder,
		const char **last, struct tmpfs_node **node);
/* The node that @path leads to, or -ENOENT. */
int find_locked(struct tmpfs_mount *mount, const char *path, struct tmpfs_node **node);
/* A new node in @folder, where no other has that name; -ENOMEM. */
int create_locked(struct tmpfs_mount *mount, struct tmpfs_node *folder, const char *name,
		  enum file_kind kind, struct tmpfs_node **result);

/* pages.c, with the lock held. Throws the content away. */
void truncate_locked(struct tmpfs_node *node);
/* The bytes read: fewer than @size only at the end. */
size_t read_locked(const struct tmpfs_node *node, uint8_t *bytes, size_t size, uint64_t offset);
/* The bytes written; -EFBIG, and when there are none -ENOSPC or -ENOMEM. */
long write_locked(struct tmpfs_node *node, const uint8_t *bytes, size_t size, uint64_t offset);
