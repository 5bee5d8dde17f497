/*
 * Files by path. A path is made normal first; then it leads to the root, to /dev, or into a
 * filesystem. Open files are spans: reading one takes no reference and no look-up, and one whose
 * module has been forced out or has failed answers ENODEV.
 */
#include <kernel/file.h>

#include <string.h>

#include <lib/format.h>
#include <lib/path.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "bus_internal.h"
#include "file_internal.h"

/* The name of a node, when @normal is right below /dev. */
static const char *node_name(const char *normal)
{
	const char *name = path_below(normal, "/dev");

	return name && name[0] && !strchr(name, '/') ? name : NULL;
}

static bool is_root(const char *normal)
{
	return strcmp(normal, "/") == 0;
}

static bool in_dev(const char *normal)
{
	return path_below(normal, "/dev") != NULL;
}

static int open_below(struct file *file, struct target *target)
{
	int error = (int)call_through(&target->call, target->operations->open,
				      (uint64_t)target->filesystem, (uint64_t)target->data,
				      (uint64_t)target->below, file->flags, (uint64_t)&file->data);

	if (error)
		return error < 0 ? error : -EIO;
	file->filesystem = target->filesystem;
	if (target->call.registration)
		error = span_open(&file->span, target->call.registration, file->path);
	if (error)
		call_through(&target->call, target->operations->release,
			     (uint64_t)target->filesystem, (uint64_t)file->data, 0, 0, 0);
	return error;
}

static int open_in_filesystem(struct file *file)
{
	struct target target;
	int error = target_begin(&target, file->path, "open");

	if (error)
		return error;
	error = open_below(file, &target);
	if (!error && target.mount) {
		/* The use that target_begin counted stays with the open file. */
		file->mount = target.mount;
		target.mount = NULL;
	}
	target_end(&target);
	return error;
}

static int open_normal(struct file *file)
{
	const char *name = node_name(file->path);

	if (name)
		return node_open(file, name);
	if (is_root(file->path) || strcmp(file->path, "/dev") == 0)
		return -EISDIR;
	if (in_dev(file->path))
		return -ENOENT;
	return open_in_filesystem(file);
}

int file_open(const char *path, unsigned flags, struct file **opened)
{
	struct file *file = heap_alloc_zeroed(sizeof(*file));
	int error;

	if (!file)
		return -ENOMEM;
	file->flags = flags;
	error = path_normalise("/", path, file->path);
	if (!error)
		error = open_normal(file);
	if (error)
		heap_free(file);
	else
		*opened = file;
	return error;
}
EXPORT_SYMBOL(file_open);

static long read_in_filesystem(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	const struct filesystem_operations *operations;
	struct call call;
	long result;

	span_call_begin(&call, &file->span, "read");
	operations = file->span.operations;
	result = call_through(&call, operations->read, (uint64_t)file->filesystem,
			      (uint64_t)file->data, (uint64_t)buffer, size, offset);
	call_end(&call);
	return result;
}

/* What a module says it has moved is not taken on trust. */
static long checked(long result, size_t size)
{
	return result > 0 && (size_t)result > size ? -EIO : result;
}

long file_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	if (!(file->flags & FILE_READ))
		return -EBADF;
	return checked(file->node ? node_read(file, buffer, size, offset)
				  : read_in_filesystem(file, buffer, size, offset),
		       size);
}
EXPORT_SYMBOL(file_read);

static long write_in_filesystem(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	const struct filesystem_operations *operations;
	struct call call;
	long result = -EROFS;

	span_call_begin(&call, &file->span, "write");
	operations = file->span.operations;
	if (operations->write)
		result = call_through(&call, operations->write, (uint64_t)file->filesystem,
				      (uint64_t)file->data, (uint64_t)buffer, size, offset);
	call_end(&call);
	return result;
}

long file_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	if (!(file->flags & FILE_WRITE))
		return -EBADF;
	return checked(file->node ? node_write(file, buffer, size, offset)
				  : write_in_filesystem(file, buffer, size, offset),
		       size);
}
EXPORT_SYMBOL(file_write);

static void close_in_filesystem(struct file *file)
{
	const struct filesystem_operations *operations;
	struct call call;

	span_call_begin(&call, &file->span, "release");
	operations = file->span.operations;
	call_through(&call, operations->release, (uint64_t)file->filesystem, (uint64_t)file->data,
		     0, 0, 0);
	call_end(&call);
	span_close(&file->span);
	if (file->mount)
		mount_unuse(file->mount);
}

void file_close(struct file *file)
{
	if (file->node)
		node_close(file);
	else
		close_in_filesystem(file);
	heap_free(file);
}
EXPORT_SYMBOL(file_close);

/* Is it a directory only because something is mounted or attached below it? */
static bool leads_to_point(const char *normal)
{
	char path[PATH_LIMIT + 1], type[NAME_LIMIT + 1];

	for (unsigned i = 0; mount_describe(i, path, sizeof(path), type, sizeof(type)) == 0; i++)
		if (path_below(path, normal))
			return true;
	return false;
}

static int status_in_filesystem(const char *normal, struct file_status *status)
{
	struct target target;
	int error = target_begin(&target, normal, "status");

	if (!error) {
		error = (int)call_through(&target.call, target.operations->status,
					  (uint64_t)target.filesystem, (uint64_t)target.data,
					  (uint64_t)target.below, (uint64_t)status, 0);
		target_end(&target);
	} else if (leads_to_point(normal)) {
		error = 0;
	}
	return error;
}

int file_status(const char *path, struct file_status *status)
{
	char normal[PATH_LIMIT + 1];
	int error = path_normalise("/", path, normal);

	*status = (struct file_status){.kind = FILE_DIRECTORY};
	if (error || is_root(normal) || strcmp(normal, "/dev") == 0)
		return error;
	if (in_dev(normal))
		return node_name(normal) ? node_status(node_name(normal), status) : -ENOENT;
	return status_in_filesystem(normal, status);
}
EXPORT_SYMBOL(file_status);

/* "dev" first, then each name once. */
static int root_name(unsigned index, char name[NAME_LIMIT + 1])
{
	if (index > 0)
		return filesystem_root_name(index - 1, name);
	format_text(name, NAME_LIMIT + 1, "dev");
	return 0;
}

static bool root_name_is_new(unsigned index, const char *name)
{
	char earlier[NAME_LIMIT + 1];

	for (unsigned i = 0; i < index; i++)
		if (root_name(i, earlier) == 0 && strcmp(earlier, name) == 0)
			return false;
	return true;
}

static int read_root(unsigned index, struct directory_entry *entry)
{
	*entry = (struct directory_entry){.kind = FILE_DIRECTORY};
	for (unsigned i = 0; root_name(i, entry->name) == 0; i++)
		if (root_name_is_new(i, entry->name) && index-- == 0)
			return 0;
	return -ENOENT;
}

int directory_read(const char *path, unsigned index, struct directory_entry *entry)
{
	char normal[PATH_LIMIT + 1];
	struct target target;
	int error = path_normalise("/", path, normal);

	if (error)
		return error;
	if (is_root(normal))
		return read_root(index, entry);
	if (strcmp(normal, "/dev") == 0)
		return node_list(index, entry);
	error = target_begin(&target, normal, "list");
	if (error)
		return error;
	error = (int)call_through(&target.call, target.operations->list,
				  (uint64_t)target.filesystem, (uint64_t)target.data,
				  (uint64_t)target.below, index, (uint64_t)entry);
	target_end(&target);
	return error;
}
EXPORT_SYMBOL(directory_read);

enum change {
	REMOVE,
	CREATE_DIRECTORY,
};

static int change(const char *path, enum change what)
{
	int (*function)(struct filesystem *, void *, const char *);
	char normal[PATH_LIMIT + 1];
	struct target target;
	int error = path_normalise("/", path, normal);

	if (error)
		return error;
	if (is_root(normal) || in_dev(normal))
		return -EPERM;
	error = target_begin(&target, normal, what == REMOVE ? "remove" : "create_directory");
	if (error)
		return error;
	function = what == REMOVE ? target.operations->remove : target.operations->create_directory;
	error = -EROFS;
	if (function)
		error = (int)call_through(&target.call, function, (uint64_t)target.filesystem,
					  (uint64_t)target.data, (uint64_t)target.below, 0, 0);
	target_end(&target);
	return error;
}

int file_remove(const char *path)
{
	return change(path, REMOVE);
}
EXPORT_SYMBOL(file_remove);

int directory_create(const char *path)
{
	return change(path, CREATE_DIRECTORY);
}
EXPORT_SYMBOL(directory_create);

static int read_whole(struct file *file, char *bytes, size_t size)
{
	size_t done = 0;

	while (done < size) {
		long got = file_read(file, bytes + done, size - done, done);

		if (got <= 0)
			return got < 0 ? (int)got : -EIO;
		done += (size_t)got;
	}
	return 0;
}

int file_load(const char *path, struct module *owner, void **bytes, size_t *size)
{
	struct file_status status;
	struct file *file;
	char *memory;
	int error = file_status(path, &status);

	if (!error && status.kind != FILE_REGULAR)
		error = status.kind == FILE_DIRECTORY ? -EISDIR : -EINVAL;
	if (!error)
		error = file_open(path, FILE_READ, &file);
	if (error)
		return error;
	memory = heap_alloc_at(max(status.size, (uint64_t)1), owner, PLACE);
	error = memory ? read_whole(file, memory, status.size) : -ENOMEM;
	file_close(file);
	if (error) {
		heap_free(memory);
		return error;
	}
	*bytes = memory;
	*size = status.size;
	return 0;
}
EXPORT_SYMBOL(file_load);
