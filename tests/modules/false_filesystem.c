/*
 * A filesystem at /false whose answers are wrong, each file in its own way: `kind` is of no kind,
 * `large` and `short` have a size that is not theirs, `more` reads more than was asked for,
 * `number` and, asked for its size, `unmeasured` answer no errno, `fault` faults when it is read;
 * names in the folder have no end; of its room more is used than there is, and syncing it fails.
 * `replaced` is another file at each look-up, which it logs.
 */
#include <string.h>

#include <files/file.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;
static unsigned lookups; /* of `replaced` */

static void count(const char *path)
{
	if (path[0] == 'r')
		printk("false_filesystem: look-up %u of %s\n", ++lookups, path);
}

static int false_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return 7;
}

static int false_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		      void **file)
{
	count(path);
	*file = (void *)(uint64_t)path[0];
	if (!path[0])
		return -EISDIR;
	return strcmp(path, "number") == 0 ? -123456 : 0;
}

static long false_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		       uint64_t offset)
{
	if ((uint64_t)file == 'f')
		*(volatile int *)nowhere = 1;
	if ((uint64_t)file == 'r')
		return (long)size;
	return (uint64_t)file == 'm' ? (long)size + 1 : 0;
}

static void false_release(struct filesystem *filesystem, void *file)
{
}

static int false_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	*size = (uint64_t)file == 'l' ? 1ull << 60 : 100;
	return (uint64_t)file == 'u' ? -123456 : 0;
}

static int false_status(struct filesystem *filesystem, void *mount, const char *path,
			struct file_status *status)
{
	count(path);
	status->kind = path[0] ? FILE_REGULAR : FILE_DIRECTORY;
	status->size = 100;
	if (path[0] == 'k')
		status->kind = (enum file_kind)1000000;
	return path[0] == 'n' ? 123456 : 0;
}

static int false_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		      struct directory_entry *entry)
{
	memset(entry->name, 'x', sizeof(entry->name));
	entry->kind = index ? (enum file_kind)1000000 : FILE_REGULAR;
	return index > 1 ? -ENOENT : 0;
}

static int false_space(struct filesystem *filesystem, void *mount, const char *path,
		       struct file_space *space)
{
	*space = (struct file_space){100, 101};
	return 0;
}

static int false_sync(struct filesystem *filesystem, void *mount, const char *path)
{
	return -ENOSPC;
}

static const struct filesystem_operations operations = {
    .mount = false_mount,
    .open = false_open,
    .read = false_read,
    .release = false_release,
    .measure = false_measure,
    .status = false_status,
    .list = false_list,
    .space = false_space,
    .sync = false_sync,
};
static struct filesystem filesystem = {
    .name = "false", .attach = "/false", .operations = &operations};

static int __init false_init(void)
{
	return filesystem_register(&filesystem);
}

static void false_exit(void)
{
	filesystem_unregister(&filesystem);
}

module_init(false_init);
module_exit(false_exit);
