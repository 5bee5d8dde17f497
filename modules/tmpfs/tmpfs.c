/*
 * Files in memory, gone with their mount: the operations of the filesystem. One tree of nodes a
 * mount (tree.c), under one mutex; file contents grow by pages of their own (pages.c), and one
 * limit for each mount bounds all of it. An open file keeps its node even when its name has been
 * removed; the last of both frees it.
 */
#include <string.h>

#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/module.h>

#include "tmpfs.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Files in memory");
MODULE_VERSION("1.0");

static unsigned limit_kib = 16384;
module_param(limit_kib, uint, 0444);
MODULE_PARM_DESC(limit_kib, "how much the files of one mount may hold together");

static int tmpfs_mount(struct filesystem *filesystem, const char *source, void **result)
{
	struct tmpfs_mount *mount = heap_alloc_zeroed(sizeof(*mount));

	if (!mount)
		return -ENOMEM;
	mutex_init(&mount->lock, "tmpfs_mount");
	node_init(&mount->root, mount, FILE_DIRECTORY);
	mount->pages_limit = (uint64_t)limit_kib * 1024 / PAGE;
	*result = mount;
	return 0;
}

/* Nothing is open any more: the deepest first child is always free to go. */
static void tmpfs_unmount(struct filesystem *filesystem, void *argument)
{
	struct tmpfs_mount *mount = argument;

	mutex_lock(&mount->lock);
	while (!list_is_empty(&mount->root.children)) {
		struct tmpfs_node *node = &mount->root;

		while (!list_is_empty(&node->children))
			node = list_first(&node->children, struct tmpfs_node, siblings);
		remove_locked(node);
	}
	mutex_unlock(&mount->lock);
	heap_free(mount);
}

static int open_locked(struct tmpfs_mount *mount, const char *path, unsigned flags,
		       struct tmpfs_node **node)
{
	struct tmpfs_node *folder;
	const char *last;
	int error = walk_locked(mount, path, &folder, &last, node);

	CHECK(mutex_is_held(&mount->lock));
	if (error)
		return error;
	if (!*node) {
		if (!(flags & FILE_CREATE))
			return -ENOENT;
		error = create_locked(mount, folder, last, FILE_REGULAR, node);
		if (error)
			return error;
	}
	if ((*node)->kind == FILE_DIRECTORY)
		return -EISDIR;
	if (flags & FILE_TRUNCATE)
		truncate_locked(*node);
	(*node)->opens++;
	return 0;
}

static int tmpfs_open(struct filesystem *filesystem, void *argument, const char *path,
		      unsigned flags, void **file)
{
	struct tmpfs_mount *mount = argument;
	struct tmpfs_node *node;
	int error;

	mutex_lock(&mount->lock);
	error = open_locked(mount, path, flags, &node);
	mutex_unlock(&mount->lock);
	if (!error)
		*file = node;
	return error;
}

static void tmpfs_release(struct filesystem *filesystem, void *file)
{
	struct tmpfs_node *node = file;
	struct mutex *lock = &node->mount->lock;

	mutex_lock(lock);
	if (--node->opens == 0 && node->removed) {
		truncate_locked(node);
		heap_free(node);
	}
	mutex_unlock(lock);
}

static long tmpfs_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		       uint64_t offset)
{
	struct tmpfs_node *node = file;
	size_t done;

	mutex_lock(&node->mount->lock);
	done = read_locked(node, buffer, size, offset);
	mutex_unlock(&node->mount->lock);
	return (long)done;
}

static int tmpfs_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	struct tmpfs_node *node = file;

	mutex_lock(&node->mount->lock);
	*size = node->size;
	mutex_unlock(&node->mount->lock);
	return 0;
}

static long tmpfs_write(struct filesystem *filesystem, void *file, const void *buffer, size_t size,
			uint64_t offset)
{
	struct tmpfs_node *node = file;
	long done;

	mutex_lock(&node->mount->lock);
	done = write_locked(node, buffer, size, offset);
	mutex_unlock(&node->mount->lock);
	return done;
}

static int tmpfs_status(struct filesystem *filesystem, void *argument, const char *path,
			struct file_status *status)
{
	struct tmpfs_mount *mount = argument;
	struct tmpfs_node *node;
	int error;

	mutex_lock(&mount->lock);
	error = find_locked(mount, path, &node);
	if (!error)
		*status = (struct file_status){.kind = node->kind, .size = node->size};
	mutex_unlock(&mount->lock);
	return error;
}

static int list_locked(struct tmpfs_mount *mount, const char *path, unsigned index,
		       struct directory_entry *entry)
{
	struct tmpfs_node *folder, *node;
	int error = find_locked(mount, path, &folder);

	CHECK(mutex_is_held(&mount->lock));
	if (error)
		return error;
	if (folder->kind != FILE_DIRECTORY)
		return -ENOTDIR;
	list_for_each(node, &folder->children, siblings) {
		if (index-- > 0)
			continue;
		memcpy(entry->name, node->name, sizeof(entry->name));
		entry->kind = node->kind;
		entry->size = node->size;
		return 0;
	}
	return -ENOENT;
}

static int tmpfs_list(struct filesystem *filesystem, void *argument, const char *path,
		      unsigned index, struct directory_entry *entry)
{
	struct tmpfs_mount *mount = argument;
	int error;

	mutex_lock(&mount->lock);
	error = list_locked(mount, path, index, entry);
	mutex_unlock(&mount->lock);
	return error;
}

static int tmpfs_remove(struct filesystem *filesystem, void *argument, const char *path)
{
	struct tmpfs_mount *mount = argument;
	struct tmpfs_node *node;
	int error;

	mutex_lock(&mount->lock);
	error = find_locked(mount, path, &node);
	if (!error && node == &mount->root)
		error = -EBUSY;
	if (!error && !list_is_empty(&node->children))
		error = -ENOTEMPTY;
	if (!error)
		remove_locked(node);
	mutex_unlock(&mount->lock);
	return error;
}

static int tmpfs_create_directory(struct filesystem *filesystem, void *argument, const char *path)
{
	struct tmpfs_mount *mount = argument;
	struct tmpfs_node *folder, *node;
	const char *last;
	int error;

	mutex_lock(&mount->lock);
	error = walk_locked(mount, path, &folder, &last, &node);
	if (!error && node)
		error = -EEXIST;
	if (!error)
		error = create_locked(mount, folder, last, FILE_DIRECTORY, &node);
	mutex_unlock(&mount->lock);
	return error;
}

static int tmpfs_space(struct filesystem *filesystem, void *argument, const char *path,
		       struct file_space *space)
{
	struct tmpfs_mount *mount = argument;

	mutex_lock(&mount->lock);
	*space = (struct file_space){mount->pages_limit * PAGE, mount->pages_used * PAGE};
	mutex_unlock(&mount->lock);
	return 0;
}

static const struct filesystem_operations tmpfs_operations = {
    .mount = tmpfs_mount,
    .unmount = tmpfs_unmount,
    .open = tmpfs_open,
    .read = tmpfs_read,
    .write = tmpfs_write,
    .release = tmpfs_release,
    .measure = tmpfs_measure,
    .status = tmpfs_status,
    .list = tmpfs_list,
    .remove = tmpfs_remove,
    .create_directory = tmpfs_create_directory,
    .space = tmpfs_space,
};
static struct filesystem tmpfs_filesystem = {.name = "tmpfs", .operations = &tmpfs_operations};

static int __init tmpfs_init(void)
{
	return filesystem_register(&tmpfs_filesystem);
}

static void tmpfs_exit(void)
{
	filesystem_unregister(&tmpfs_filesystem);
}

module_init(tmpfs_init);
module_exit(tmpfs_exit);
