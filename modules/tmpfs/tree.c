/*
 * The tree of a mount: nodes by name in their folder, found by path. The root has no name and is
 * part of the mount.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "tmpfs.h"

void node_init(struct tmpfs_node *node, struct tmpfs_mount *mount, enum file_kind kind)
{
	node->mount = mount;
	node->kind = kind;
	list_init(&node->siblings);
	list_init(&node->children);
}

void remove_locked(struct tmpfs_node *node)
{
	CHECK(mutex_is_held(&node->mount->lock));
	list_remove(&node->siblings);
	node->removed = true;
	if (node->opens > 0)
		return;
	truncate_locked(node);
	heap_free(node);
}

static struct tmpfs_node *child_locked(struct tmpfs_node *folder, const char *name, size_t length)
{
	struct tmpfs_node *node;

	CHECK(mutex_is_held(&folder->mount->lock));
	list_for_each(node, &folder->children, siblings)
		if (strlen(node->name) == length && memcmp(node->name, name, length) == 0)
			return node;
	return NULL;
}

int walk_locked(struct tmpfs_mount *mount, const char *path, struct tmpfs_node **folder,
		const char **last, struct tmpfs_node **node)
{
	CHECK(mutex_is_held(&mount->lock));
	*node = &mount->root;
	*folder = NULL;
	*last = "";
	while (*path) {
		size_t length = strcspn(path, "/");

		if (!*node)
			return -ENOENT;
		if ((*node)->kind != FILE_DIRECTORY)
			return -ENOTDIR;
		if (length > NAME_LIMIT)
			return -ENAMETOOLONG;
		*folder = *node;
		*last = path;
		*node = child_locked(*folder, path, length);
		path += length + (path[length] == '/');
	}
	return 0;
}

int create_locked(struct tmpfs_mount *mount, struct tmpfs_node *folder, const char *name,
		  enum file_kind kind, struct tmpfs_node **result)
{
	struct tmpfs_node *node = heap_alloc_zeroed(sizeof(*node));

	CHECK(mutex_is_held(&mount->lock));
	if (!node)
		return -ENOMEM;
	node_init(node, mount, kind);
	memcpy(node->name, name, strlen(name));
	list_add_last(&folder->children, &node->siblings);
	*result = node;
	return 0;
}

int find_locked(struct tmpfs_mount *mount, const char *path, struct tmpfs_node **node)
{
	struct tmpfs_node *folder;
	const char *last;
	int error = walk_locked(mount, path, &folder, &last, node);

	CHECK(mutex_is_held(&mount->lock));
	if (error)
		return error;
	return *node ? 0 : -ENOENT;
}
