/*
 * df and sync: what filesystems say of themselves. A mount is looked at by its path, like any file,
 * so that one that ends meanwhile is one that is not there.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>

#include "file_internal.h"
#include "path.h"

#define KIB 1024u

struct mount_row {
	char path[PATH_LIMIT + 1], type[NAME_LIMIT + 1];
};

/* Rounded up. */
static unsigned long long kib(uint64_t bytes)
{
	return bytes / KIB + (bytes % KIB != 0);
}

static void print_row(struct command_call *call, const struct mount_row *row,
		      const struct file_space *space)
{
	unsigned long long total = kib(space->total), used = kib(space->used);
	unsigned long long percent = total ? (used * 100 + total - 1) / total : 0;

	if (space->total == 0)
		command_print(call, "%-14s %10s %10s %10s %4s %s\n", row->type, "-", "-", "-", "-",
			      row->path);
	else
		command_print(call, "%-14s %10llu %10llu %10llu %3llu%% %s\n", row->type, total,
			      used, total - used, percent, row->path);
}

/* The mount that @path lies in: the longest that is above it. False: it is the root's. */
static bool find_mount(const char *path, struct mount_row *found)
{
	struct mount_row *row = heap_alloc(sizeof(*row));
	char normal[PATH_LIMIT + 1];

	found->path[0] = '\0';
	if (!row || path_normalise("/", path, normal) != 0) {
		heap_free(row);
		return false;
	}
	for (unsigned i = 0;
	     mount_describe(i, row->path, sizeof(row->path), row->type, sizeof(row->type)) == 0;
	     i++)
		if (path_below(normal, row->path) && strlen(row->path) > strlen(found->path))
			*found = *row;
	heap_free(row);
	return found->path[0] != '\0';
}

static int show(struct command_call *call, const char *path, const struct mount_row *row)
{
	struct file_space space;
	int error = file_space(path, &space);

	if (error && error != -EROFS)
		return command_fail(call, path, error, "%s", errno_text(error));
	print_row(call, row, &space);
	return 0;
}

static int show_named(struct command_call *call, const char *path, struct mount_row *row)
{
	struct file_status status;
	int error = file_status(path, &status);

	if (error)
		return command_fail(call, path, error, "%s", errno_text(error));
	if (!find_mount(path, row)) {
		strlcpy(row->path, "/", sizeof(row->path));
		strlcpy(row->type, "root", sizeof(row->type));
	}
	return show(call, path, row);
}

int df_run(struct command_call *call)
{
	struct mount_row *row;
	int error = 0;

	if (call->argc > 1 && call->argv[1][0] == '-')
		return command_fail(call, call->argv[1], -EINVAL, "usage: df [PATH ...]");
	row = heap_alloc(sizeof(*row));
	if (!row)
		return command_fail(call, call->argv[0], -ENOMEM, "no memory");
	command_print(call, "%-14s %10s %10s %10s %4s %s\n", "Filesystem", "1K-blocks", "Used",
		      "Available", "Use%", "Mounted on");
	for (int i = 1; i < call->argc && !error; i++)
		error = show_named(call, call->argv[i], row);
	for (unsigned i = 0; call->argc == 1 && mount_describe(i, row->path, sizeof(row->path),
							       row->type, sizeof(row->type)) == 0;
	     i++) {
		int failed = show(call, row->path, row);

		error = error ? error : failed;
	}
	heap_free(row);
	return error;
}

int sync_run(struct command_call *call)
{
	struct mount_row *row;
	int error = 0;

	if (call->argc != 1)
		return command_fail(call, call->argv[1], -EINVAL, "usage: sync");
	row = heap_alloc(sizeof(*row));
	if (!row)
		return command_fail(call, call->argv[0], -ENOMEM, "no memory");
	for (unsigned i = 0;
	     mount_describe(i, row->path, sizeof(row->path), row->type, sizeof(row->type)) == 0 &&
	     !error;
	     i++) {
		error = file_sync(row->path);
		if (error)
			command_fail(call, row->path, error, "%s", errno_text(error));
	}
	heap_free(row);
	return error;
}
