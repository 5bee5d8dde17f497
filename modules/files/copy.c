/*
 * cp and mv. A move is a copy and a removal, since a filesystem knows no other way; the old file
 * goes when the new one is whole, and a copy that fails is removed again.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>

#include "file_internal.h"
#include "path.h"

#define CHUNK 4096

static int fail(struct command_call *call, const char *path, int error)
{
	return command_fail(call, path, error, "%s", errno_text(error));
}

/* TO, or TO/NAME when it is a folder: -ENAMETOOLONG. */
static int target_path(const char *from, const char *to, char path[PATH_LIMIT + 1])
{
	const char *slash = strrchr(from, '/');
	const char *name = slash ? slash + 1 : from;
	struct file_status status;
	int length;

	if (file_status(to, &status) == 0 && status.kind == FILE_DIRECTORY)
		length = format_text(path, PATH_LIMIT + 1, "%s/%s", to, name);
	else
		length = format_text(path, PATH_LIMIT + 1, "%s", to);
	return length > PATH_LIMIT ? -ENAMETOOLONG : 0;
}

static int put_all(struct file *to, const char *buffer, size_t size, uint64_t offset)
{
	for (size_t done = 0; done < size;) {
		long put = file_write(to, buffer + done, size - done, offset + done);

		if (put <= 0)
			return put < 0 ? (int)put : -EIO;
		done += (size_t)put;
	}
	return 0;
}

static int copy_bytes(struct command_call *call, struct file *from, struct file *to, char *buffer)
{
	uint64_t offset = 0;
	int error = 0;
	long got;

	while (!error && (got = file_read(from, buffer, CHUNK, offset)) != 0) {
		error = got < 0 ? (int)got : put_all(to, buffer, (size_t)got, offset);
		offset += (uint64_t)got;
		if (!error && command_cancelled(call))
			error = -EINTR;
	}
	return error;
}

/* Both are different files: a file is not emptied before it is read. */
static int copy_file(struct command_call *call, const char *from_path, const char *path)
{
	struct file *from, *to;
	char *buffer = heap_alloc(CHUNK);
	int error = buffer ? file_open(from_path, FILE_READ, &from) : -ENOMEM;

	if (error) {
		heap_free(buffer);
		return fail(call, from_path, error);
	}
	error = file_open(path, FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, &to);
	if (!error) {
		error = copy_bytes(call, from, to, buffer);
		file_close(to);
		if (error)
			file_remove(path);
	}
	file_close(from);
	heap_free(buffer);
	return error ? fail(call, path, error) : 0;
}

static int check_source(struct command_call *call, const char *from, const char *path)
{
	struct file_status status;
	char normal[PATH_LIMIT + 1], other[PATH_LIMIT + 1];
	int error = file_status(from, &status);

	if (!error && status.kind == FILE_DIRECTORY)
		return command_fail(call, from, -EISDIR, "is a folder; only files are copied");
	if (error)
		return fail(call, from, error);
	error = path_normalise("/", from, normal);
	if (!error)
		error = path_normalise("/", path, other);
	if (!error && strcmp(normal, other) == 0)
		return command_fail(call, from, -EINVAL, "is the same file");
	return error ? fail(call, path, error) : 0;
}

int copy_or_move(struct command_call *call, bool move)
{
	const char *to = call->argv[call->argc - 1];
	char path[PATH_LIMIT + 1];
	int error = 0;

	for (int i = 1; i < call->argc - 1 && !error; i++) {
		const char *from = call->argv[i];

		error = target_path(from, to, path);
		if (error)
			return fail(call, to, error);
		error = check_source(call, from, path);
		if (!error)
			error = copy_file(call, from, path);
		if (!error && move && (error = file_remove(from)))
			fail(call, from, error);
	}
	return error;
}
