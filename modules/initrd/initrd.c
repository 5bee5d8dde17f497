/*
 * The files of the image's archive, visible at /modules, read-only. The archive stays where the
 * boot loader put it: an open file is a pointer into it, so opening copies nothing.
 */
#include <string.h>

#include "archive.h"

#include <kernel/boot.h>
#include <kernel/file.h>
#include <kernel/heap.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The image's archive as read-only files at /modules");
MODULE_VERSION("1.0");

#define ROOT "modules" /* the archive's folder that becomes the root here */

static const void *archive_bytes;
static size_t archive_size;

struct initrd_file {
	const uint8_t *bytes;
	size_t size;
};

/* The part of an archive name below ROOT; NULL when it is elsewhere, "" for ROOT itself. */
static const char *below_root(const struct archive_entry *entry, size_t *length)
{
	size_t root = sizeof(ROOT) - 1;
	const char *name = entry->name;
	size_t left = entry->name_length;

	if (left < root || memcmp(name, ROOT, root) != 0)
		return NULL;
	if (left > root && name[root] != '/')
		return NULL;
	*length = left > root ? left - root - 1 : 0;
	return name + left - *length;
}

static int find(const char *path, struct archive_entry *entry)
{
	size_t position = 0;

	while (archive_next(archive_bytes, archive_size, &position, entry) == 0) {
		size_t length;
		const char *name = below_root(entry, &length);

		if (name && length == strlen(path) && memcmp(name, path, length) == 0)
			return 0;
	}
	return -ENOENT;
}

static enum file_kind kind_of(const struct archive_entry *entry)
{
	return entry->is_directory ? FILE_DIRECTORY : FILE_REGULAR;
}

static int initrd_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return 0;
}

static int initrd_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		       void **file)
{
	struct archive_entry entry;
	struct initrd_file *opened;
	int error;

	if (flags & (FILE_WRITE | FILE_CREATE | FILE_TRUNCATE))
		return -EROFS;
	error = find(path, &entry);
	if (error)
		return error;
	if (entry.is_directory)
		return -EISDIR;
	opened = heap_alloc(sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->bytes = entry.bytes;
	opened->size = entry.size;
	*file = opened;
	return 0;
}

static long initrd_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
			uint64_t offset)
{
	struct initrd_file *opened = file;

	if (offset >= opened->size)
		return 0;
	size = min(size, opened->size - (size_t)offset);
	memcpy(buffer, opened->bytes + offset, size);
	return (long)size;
}

static void initrd_release(struct filesystem *filesystem, void *file)
{
	heap_free(file);
}

static int initrd_status(struct filesystem *filesystem, void *mount, const char *path,
			 struct file_status *status)
{
	struct archive_entry entry;
	int error = find(path, &entry);

	if (error && path[0] != '\0')
		return error;
	status->kind = path[0] == '\0' ? FILE_DIRECTORY : kind_of(&entry);
	status->size = status->kind == FILE_DIRECTORY ? 0 : entry.size;
	return 0;
}

/* The name of the entry right below folder @path, or NULL when it is not in there. */
static const char *child_of(const char *path, const struct archive_entry *entry, size_t *length)
{
	size_t folder = strlen(path);
	const char *name = below_root(entry, length);

	if (!name || *length == 0)
		return NULL;
	if (folder > 0) {
		if (*length <= folder + 1 || memcmp(name, path, folder) != 0 || name[folder] != '/')
			return NULL;
		name += folder + 1;
		*length -= folder + 1;
	}
	return memchr(name, '/', *length) ? NULL : name;
}

static int initrd_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		       struct directory_entry *listed)
{
	struct archive_entry entry;
	size_t position = 0;

	while (archive_next(archive_bytes, archive_size, &position, &entry) == 0) {
		size_t length;
		const char *name = child_of(path, &entry, &length);

		if (!name || length > NAME_LIMIT || index-- > 0)
			continue;
		memcpy(listed->name, name, length);
		listed->name[length] = '\0';
		listed->kind = kind_of(&entry);
		listed->size = entry.is_directory ? 0 : entry.size;
		return 0;
	}
	return -ENOENT;
}

static const struct filesystem_operations initrd_operations = {
    .mount = initrd_mount,
    .open = initrd_open,
    .read = initrd_read,
    .release = initrd_release,
    .status = initrd_status,
    .list = initrd_list,
};

static struct filesystem initrd_filesystem = {
    .name = "initrd",
    .attach = "/modules",
    .operations = &initrd_operations,
};

static int __init initrd_init(void)
{
	archive_bytes = boot_file("archive", &archive_size);
	if (!archive_bytes) {
		printk(KERN_ERR "initrd: the boot loader brought no file named archive\n");
		return -ENODEV;
	}
	return filesystem_register(&initrd_filesystem);
}

static void initrd_exit(void)
{
	filesystem_unregister(&initrd_filesystem);
}

module_init(initrd_init);
module_exit(initrd_exit);
