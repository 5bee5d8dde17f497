/*
 * The kernel's ways to files: its interfaces source, an open file for one call, and sink, an open
 * file for as long as it takes. What they do fails by the errors of files.
 */
#include <string.h>

#include <kernel/module.h>
#include <kernel/sink.h>
#include <kernel/source.h>

#include "file_internal.h"

static int load_all(struct source *source, const char *path, struct source_request *request)
{
	struct file *file;
	uint64_t size;
	void *room;
	int error = file_open(path, FILE_READ, &file);

	if (error)
		return error;
	error = file_size(file, &size);
	if (!error)
		error = source_room(request, size, &room);
	if (!error)
		error = file_read_all(file, room, size);
	file_close(file);
	return error;
}

static int source_names(struct source *source, const char *path, unsigned index,
			struct source_name *name)
{
	struct directory_entry entry;
	int error = directory_read(path, index, &entry);

	if (error)
		return error;
	strlcpy(name->name, entry.name, sizeof(name->name));
	name->folder = entry.kind == FILE_DIRECTORY;
	return 0;
}

static const struct source_operations source_operations = {.load = load_all, .list = source_names};
static struct source files_source = {.name = "files", .operations = &source_operations};

/* A device has no size: what is appended to it begins at 0. */
static int files_open(struct sink *sink, const char *path, bool append, uint64_t *end, void **data)
{
	unsigned flags = FILE_WRITE | FILE_CREATE | (append ? 0 : FILE_TRUNCATE);
	struct file_status status = {.size = 0};
	struct file *file;
	int error = file_open(path, flags, &file);

	if (error)
		return error;
	if (append)
		error = file_status(path, &status);
	if (error) {
		file_close(file);
		return error;
	}
	*end = status.size;
	*data = file;
	return 0;
}

static long files_write(struct sink *sink, void *data, const void *bytes, size_t size,
			uint64_t offset)
{
	return file_write(data, bytes, size, offset);
}

static void files_release(struct sink *sink, void *data)
{
	file_close(data);
}

static const struct sink_operations sink_operations = {
    .open = files_open, .write = files_write, .release = files_release};
static struct sink files_sink = {.name = "files", .operations = &sink_operations};

int kernel_ways_register(void)
{
	int error = source_register(&files_source);

	return error ? error : sink_register(&files_sink);
}

void kernel_ways_unregister(void)
{
	sink_unregister(&files_sink);
	source_unregister(&files_source);
}
