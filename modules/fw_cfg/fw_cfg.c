/*
 * QEMU's firmware configuration device as read-only files at /fw_cfg, by which a host hands files
 * to the guest. The device has one selector and one read position, so a mutex spans select and
 * read. Source: QEMU, docs/specs/fw_cfg.rst (I/O port interface).
 */
#include <string.h>

#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/mutex.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("QEMU's firmware configuration files at /fw_cfg");
MODULE_VERSION("1.0");

#define SELECTOR_PORT 0x510
#define DATA_PORT 0x511
#define KEY_SIGNATURE 0x0000
#define KEY_DIRECTORY 0x0019
#define ENTRY_LIMIT 256
#define FILE_SIZE_LIMIT (64u << 20)

struct fw_cfg_entry {
	uint32_t size;
	uint16_t key;
	char name[56];
};

static DEFINE_MUTEX(device_lock);
static struct fw_cfg_entry *entries; /* [I] after init */
static unsigned entry_count;

struct fw_cfg_file {
	const struct fw_cfg_entry *entry; /* [I] */
	uint8_t *bytes;			  /* [L] of device_lock; NULL before the first read */
};

static void device_read(void *buffer, size_t size)
{
	uint8_t *bytes = buffer;

	while (size-- > 0)
		*bytes++ = io_in8(DATA_PORT);
}

static uint32_t device_read_be32(void)
{
	uint32_t value;

	device_read(&value, sizeof(value));
	return __builtin_bswap32(value);
}

/* The children of a folder are the distinct next parts of names that begin with it. */
static const char *next_part(const struct fw_cfg_entry *entry, const char *folder, size_t *length,
			     bool *is_directory)
{
	size_t prefix = strlen(folder);
	const char *rest = entry->name;

	if (prefix > 0) {
		if (strncmp(entry->name, folder, prefix) != 0 || entry->name[prefix] != '/')
			return NULL;
		rest += prefix + 1;
	}
	*length = strcspn(rest, "/");
	*is_directory = rest[*length] == '/';
	return *length > 0 ? rest : NULL;
}

static const struct fw_cfg_entry *find(const char *path)
{
	for (unsigned i = 0; i < entry_count; i++)
		if (strcmp(entries[i].name, path) == 0)
			return &entries[i];
	return NULL;
}

static bool is_folder(const char *path)
{
	size_t length;
	bool is_directory;

	for (unsigned i = 0; i < entry_count; i++)
		if (next_part(&entries[i], path, &length, &is_directory))
			return true;
	return path[0] == '\0';
}

static int fw_cfg_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return 0;
}

static int fw_cfg_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		       void **file)
{
	const struct fw_cfg_entry *entry = find(path);
	struct fw_cfg_file *opened;

	if (flags & (FILE_WRITE | FILE_CREATE | FILE_TRUNCATE))
		return -EROFS;
	if (!entry)
		return is_folder(path) ? -EISDIR : -ENOENT;
	opened = heap_alloc_zeroed(sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->entry = entry;
	*file = opened;
	return 0;
}

/* The device is read from the front only, so the first read fetches the whole file. */
static int fetch_locked(struct fw_cfg_file *opened)
{
	uint32_t size = opened->entry->size;

	CHECK(mutex_is_held(&device_lock));
	if (opened->bytes)
		return 0;
	if (size > FILE_SIZE_LIMIT)
		return -EFBIG;
	opened->bytes = heap_alloc(size);
	if (!opened->bytes)
		return -ENOMEM;
	io_out16(SELECTOR_PORT, opened->entry->key);
	device_read(opened->bytes, size);
	return 0;
}

static long fw_cfg_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
			uint64_t offset)
{
	struct fw_cfg_file *opened = file;
	int error;

	if (offset >= opened->entry->size)
		return 0;
	mutex_lock(&device_lock);
	error = fetch_locked(opened);
	mutex_unlock(&device_lock);
	if (error)
		return error;
	size = min(size, opened->entry->size - (size_t)offset);
	memcpy(buffer, opened->bytes + offset, size);
	return (long)size;
}

static void fw_cfg_release(struct filesystem *filesystem, void *file)
{
	heap_free(((struct fw_cfg_file *)file)->bytes);
	heap_free(file);
}

static int fw_cfg_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	*size = ((struct fw_cfg_file *)file)->entry->size;
	return 0;
}

static int fw_cfg_status(struct filesystem *filesystem, void *mount, const char *path,
			 struct file_status *status)
{
	const struct fw_cfg_entry *entry = find(path);

	if (!entry && !is_folder(path))
		return -ENOENT;
	status->kind = entry ? FILE_REGULAR : FILE_DIRECTORY;
	status->size = entry ? entry->size : 0;
	return 0;
}

/* Whether an earlier entry already gave this part of this folder. */
static bool listed_before(unsigned before, const char *folder, const char *part, size_t length)
{
	for (unsigned i = 0; i < before; i++) {
		size_t other_length;
		bool is_directory;
		const char *other = next_part(&entries[i], folder, &other_length, &is_directory);

		if (other && other_length == length && memcmp(other, part, length) == 0)
			return true;
	}
	return false;
}

static int fw_cfg_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		       struct directory_entry *listed)
{
	for (unsigned i = 0; i < entry_count; i++) {
		size_t length;
		bool is_directory;
		const char *part = next_part(&entries[i], path, &length, &is_directory);

		if (!part || listed_before(i, path, part, length) || index-- > 0)
			continue;
		memcpy(listed->name, part, length);
		listed->name[length] = '\0';
		listed->kind = is_directory ? FILE_DIRECTORY : FILE_REGULAR;
		listed->size = is_directory ? 0 : entries[i].size;
		return 0;
	}
	return -ENOENT;
}

static const struct filesystem_operations fw_cfg_operations = {
    .mount = fw_cfg_mount,
    .open = fw_cfg_open,
    .read = fw_cfg_read,
    .release = fw_cfg_release,
    .measure = fw_cfg_measure,
    .status = fw_cfg_status,
    .list = fw_cfg_list,
};

static struct filesystem fw_cfg_filesystem = {
    .name = "fw_cfg",
    .attach = "/fw_cfg",
    .operations = &fw_cfg_operations,
};

/* Without the device its files are simply absent: the module is loaded and has nothing to show. */
static bool device_present(void)
{
	char signature[4];

	io_out16(SELECTOR_PORT, KEY_SIGNATURE);
	device_read(signature, sizeof(signature));
	return memcmp(signature, "QEMU", sizeof(signature)) == 0;
}

static int read_directory(void)
{
	io_out16(SELECTOR_PORT, KEY_DIRECTORY);
	entry_count = min(device_read_be32(), (uint32_t)ENTRY_LIMIT);
	entries = heap_alloc_zeroed(entry_count * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (unsigned i = 0; i < entry_count; i++) {
		uint16_t key_and_reserved[2];

		entries[i].size = device_read_be32();
		device_read(key_and_reserved, sizeof(key_and_reserved));
		entries[i].key = __builtin_bswap16(key_and_reserved[0]);
		device_read(entries[i].name, sizeof(entries[i].name));
		entries[i].name[sizeof(entries[i].name) - 1] = '\0';
	}
	return 0;
}

static int __init fw_cfg_init(void)
{
	int error;

	if (device_present()) {
		error = read_directory();
		if (error)
			return error;
	}
	error = filesystem_register(&fw_cfg_filesystem);
	if (error)
		heap_free(entries);
	return error;
}

static void fw_cfg_exit(void)
{
	filesystem_unregister(&fw_cfg_filesystem);
	heap_free(entries);
}

module_init(fw_cfg_init);
module_exit(fw_cfg_exit);
