/*
 * The files of the image's archive, visible at /modules, read-only. The archive stays where the
 * boot loader put it: an open file is a pointer into it, so opening copies nothing.
 */
#include <string.h>

#include "index.h"

#include <kernel/boot.h>
#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("The image's archive as read-only files at /modules");
MODULE_VERSION("1.0");

#define ROOT "modules" /* the archive's folder that becomes the root here */

struct initrd_file {
	const uint8_t *bytes;
	size_t size;
};

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
	const struct archive_entry *entry = index_find(path);
	struct initrd_file *opened;

	if (flags & (FILE_WRITE | FILE_CREATE | FILE_TRUNCATE))
		return -EROFS;
	if (!entry && path[0] != '\0')
		return -ENOENT;
	if (!entry || entry->is_directory)
		return -EISDIR;
	opened = heap_alloc(sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->bytes = entry->bytes;
	opened->size = entry->size;
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

static int initrd_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	*size = ((struct initrd_file *)file)->size;
	return 0;
}

static int initrd_status(struct filesystem *filesystem, void *mount, const char *path,
			 struct file_status *status)
{
	const struct archive_entry *entry = index_find(path);

	if (!entry && path[0] != '\0')
		return -ENOENT;
	status->kind = entry ? kind_of(entry) : FILE_DIRECTORY;
	status->size = status->kind == FILE_DIRECTORY ? 0 : entry->size;
	return 0;
}

static int initrd_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		       struct directory_entry *listed)
{
	const struct archive_entry *entry;
	const char *name;
	size_t length;

	entry = index_list(path, index, &name, &length);
	if (!entry)
		return -ENOENT;
	memcpy(listed->name, name, length);
	listed->name[length] = '\0';
	listed->kind = kind_of(entry);
	listed->size = entry->is_directory ? 0 : entry->size;
	return 0;
}

/* The archive is full: what it has is what there is. */
static int initrd_space(struct filesystem *filesystem, void *mount, const char *path,
			struct file_space *space)
{
	size_t size = 0;

	boot_file("archive", &size);
	*space = (struct file_space){size, size};
	return 0;
}

static const struct filesystem_operations initrd_operations = {
    .mount = initrd_mount,
    .open = initrd_open,
    .read = initrd_read,
    .release = initrd_release,
    .measure = initrd_measure,
    .status = initrd_status,
    .list = initrd_list,
    .space = initrd_space,
};

static struct filesystem initrd_filesystem = {
    .name = "initrd",
    .attach = "/modules",
    .operations = &initrd_operations,
};

static int __init initrd_init(void)
{
	size_t size;
	const void *archive = boot_file("archive", &size);
	int error;

	if (!archive) {
		printk(KERN_ERR "initrd: the boot loader brought no file named archive\n");
		return -ENODEV;
	}
	error = index_build(archive, size, ROOT);
	if (error)
		return error;
	error = filesystem_register(&initrd_filesystem);
	if (error)
		index_free();
	return error;
}

static void initrd_exit(void)
{
	filesystem_unregister(&initrd_filesystem);
	index_free();
}

module_init(initrd_init);
module_exit(initrd_exit);
