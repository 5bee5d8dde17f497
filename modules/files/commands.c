/*
 * The commands about files: each opens by path, does one thing and closes.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "file_internal.h"

#define CHUNK 4096

static const char *const kind_names[] = {
    [FILE_REGULAR] = "file",
    [FILE_DIRECTORY] = "directory",
    [FILE_DEVICE] = "device",
};

#define COMMANDS 13
static struct command commands[COMMANDS];

static int usage(struct command_call *call)
{
	const char *subject = call->argc > 1 ? call->argv[1] : call->argv[0];
	const struct command *command = commands;

	while (strcmp(command->name, call->argv[0]) != 0)
		command++;
	return command_fail(call, subject, -EINVAL, "usage: %s%s%s", command->name,
			    command->usage ? " " : "", command->usage ? command->usage : "");
}

static int fail(struct command_call *call, const char *path, int error)
{
	return command_fail(call, path, error, "%s", errno_text(error));
}

static void print_entry(struct command_call *call, const char *name, size_t length,
			const struct file_status *status)
{
	char size[24] = "-";

	if (status->kind == FILE_REGULAR)
		snprintf(size, sizeof(size), "%llu", (unsigned long long)status->size);
	command_print(call, "%-10s %10s ", kind_names[status->kind], size);
	stream_print_escaped(call->out, name, length);
	command_print(call, "\n");
}

static int list(struct command_call *call, const char *path, bool details)
{
	struct file_status status;
	struct directory_entry entry;
	int error = file_status(path, &status);

	if (error)
		return fail(call, path, error);
	if (status.kind != FILE_DIRECTORY) {
		print_entry(call, path, strlen(path), &status);
		return 0;
	}
	for (unsigned i = 0; (error = directory_read(path, i, &entry)) == 0; i++) {
		status = (struct file_status){.kind = entry.kind, .size = entry.size};
		if (details) {
			print_entry(call, entry.name, strlen(entry.name), &status);
			continue;
		}
		stream_print_escaped(call->out, entry.name, strlen(entry.name));
		command_print(call, "%s\n", entry.kind == FILE_DIRECTORY ? "/" : "");
	}
	return error == -ENOENT ? 0 : fail(call, path, error);
}

static int ls_run(struct command_call *call)
{
	bool details = call->argc > 1 && strcmp(call->argv[1], "-l") == 0;
	int first = details ? 2 : 1, result = 0;

	if (call->argc > first && call->argv[first][0] == '-')
		return usage(call);
	if (call->argc == first)
		return list(call, "/", details);
	for (int i = first; i < call->argc; i++) {
		int error = list(call, call->argv[i], details);

		if (error && !result)
			result = error;
	}
	return result;
}

/* A device may answer more than it was asked for; the surplus never leaves the buffer. */
static int copy_out(struct command_call *call, struct file *file, const char *path, char *buffer)
{
	uint64_t offset = 0;

	for (;;) {
		long got;

		if (command_cancelled(call))
			return -EINTR;
		got = file_read(file, buffer, CHUNK, offset);
		if (got < 0)
			return fail(call, path, (int)got);
		if (got == 0)
			return 0;
		stream_write(call->out, buffer, (size_t)got);
		if (call->out->error)
			return 0; /* told where the output is flushed */
		offset += (uint64_t)got;
	}
}

/* What was given to the command to read. */
static int copy_through(struct command_call *call, char *buffer)
{
	long got;

	while ((got = command_read(call, buffer, CHUNK)) > 0 && !call->out->error &&
	       !command_cancelled(call))
		stream_write(call->out, buffer, (size_t)got);
	return got < 0 ? fail(call, "input", (int)got) : 0;
}

static int cat_run(struct command_call *call)
{
	char *buffer;
	int error = 0;

	if ((call->argc < 2 && !call->in) || (call->argc > 1 && call->argv[1][0] == '-'))
		return usage(call);
	buffer = heap_alloc(CHUNK);
	if (!buffer)
		return fail(call, call->argv[call->argc - 1], -ENOMEM);
	if (call->argc == 1)
		error = copy_through(call, buffer);
	for (int i = 1; i < call->argc && !error; i++) {
		struct file *file;

		error = file_open(call->argv[i], FILE_READ, &file);
		if (error) {
			fail(call, call->argv[i], error);
			break;
		}
		error = copy_out(call, file, call->argv[i], buffer);
		file_close(file);
	}
	heap_free(buffer);
	return error;
}

static int write_run(struct command_call *call)
{
	struct file *file;
	size_t length;
	long put;
	int error;

	if (call->argc != 3)
		return usage(call);
	error = file_open(call->argv[1], FILE_WRITE | FILE_CREATE | FILE_TRUNCATE, &file);
	if (error)
		return fail(call, call->argv[1], error);
	length = strlen(call->argv[2]);
	for (size_t done = 0; done < length; done += (size_t)put) {
		put = file_write(file, call->argv[2] + done, length - done, done);
		if (put <= 0) {
			error = put < 0 ? (int)put : -EIO;
			fail(call, call->argv[1], error);
			break;
		}
	}
	file_close(file);
	return error;
}

static int rm_run(struct command_call *call)
{
	int error = 0;

	if (call->argc < 2 || call->argv[1][0] == '-')
		return usage(call);
	for (int i = 1; i < call->argc && !error; i++) {
		error = file_remove(call->argv[i]);
		if (error)
			fail(call, call->argv[i], error);
	}
	return error;
}

static int mkdir_run(struct command_call *call)
{
	int error = 0;

	if (call->argc < 2 || call->argv[1][0] == '-')
		return usage(call);
	for (int i = 1; i < call->argc && !error; i++) {
		error = directory_create(call->argv[i]);
		if (error)
			fail(call, call->argv[i], error);
	}
	return error;
}

static int stat_run(struct command_call *call)
{
	struct file_status status;
	int error;

	if (call->argc != 2 || call->argv[1][0] == '-')
		return usage(call);
	error = file_status(call->argv[1], &status);
	if (error)
		return fail(call, call->argv[1], error);
	command_print(call, "kind %s\nsize %llu\n", kind_names[status.kind],
		      (unsigned long long)status.size);
	return 0;
}

static int cp_run(struct command_call *call)
{
	return call->argc < 3 || call->argv[1][0] == '-' ? usage(call) : copy_or_move(call, false);
}

static int mv_run(struct command_call *call)
{
	return call->argc < 3 || call->argv[1][0] == '-' ? usage(call) : copy_or_move(call, true);
}

static int mount_run(struct command_call *call)
{
	int error;

	if (call->argc < 3 || call->argc > 4 || call->argv[1][0] == '-')
		return usage(call);
	error = file_mount(call->argv[1], call->argc == 4 ? call->argv[2] : "",
			   call->argv[call->argc - 1]);
	return error ? fail(call, call->argv[call->argc - 1], error) : 0;
}

static int umount_run(struct command_call *call)
{
	int error;

	if (call->argc != 2 || call->argv[1][0] == '-')
		return usage(call);
	error = file_unmount(call->argv[1]);
	return error ? fail(call, call->argv[1], error) : 0;
}

static int mounts_run(struct command_call *call)
{
	char path[PATH_LIMIT + 1], type[NAME_LIMIT + 1];

	if (call->argc != 1)
		return usage(call);
	command_print(call, "%-24s %s\n", "Path", "Filesystem");
	for (unsigned i = 0; mount_describe(i, path, sizeof(path), type, sizeof(type)) == 0; i++)
		command_print(call, "%-24s %s\n", path, type);
	return 0;
}

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(ls);
OPERATIONS(cat);
OPERATIONS(write);
OPERATIONS(rm);
OPERATIONS(mkdir);
OPERATIONS(stat);
OPERATIONS(cp);
OPERATIONS(mv);
OPERATIONS(mount);
OPERATIONS(umount);
OPERATIONS(mounts);
OPERATIONS(df);
OPERATIONS(sync);

static struct command commands[COMMANDS] = {
    {.name = "ls",
     .usage = "[-l] [PATH ...]",
     .help = "lists folders",
     .details = "-l       with kind and size\n"
		"Example: ls -l /modules",
     .operations = &ls_operations},
    {.name = "cat",
     .usage = "[FILE ...]",
     .help = "prints files, or what it is given by | or <",
     .details = "Ctrl-C ends it.\n"
		"Example: cat /modules/modules.index",
     .operations = &cat_operations},
    {.name = "write",
     .usage = "FILE TEXT",
     .help = "makes TEXT the content of a file",
     .details = "Example: write /dev/counter 41",
     .operations = &write_operations},
    {.name = "rm",
     .usage = "PATH ...",
     .help = "removes files",
     .details = "Example: rm /tmp/old",
     .operations = &rm_operations},
    {.name = "mkdir",
     .usage = "PATH ...",
     .help = "makes folders",
     .details = "Example: mkdir /tmp/folder",
     .operations = &mkdir_operations},
    {.name = "stat",
     .usage = "PATH",
     .help = "shows kind and size",
     .details = "Example: stat /modules/hello.ko",
     .operations = &stat_operations},
    {.name = "cp",
     .usage = "FILE ... FILE|FOLDER",
     .help = "copies files",
     .details = "Several go to a folder. Ctrl-C ends it.\n"
		"Example: cp /modules/hello.ko /tmp/first.ko",
     .operations = &cp_operations},
    {.name = "mv",
     .usage = "FILE ... FILE|FOLDER",
     .help = "copies files, then removes the old ones",
     .details = "Example: mv /tmp/old /tmp/new",
     .operations = &mv_operations},
    {.name = "mount",
     .usage = "TYPE [SOURCE] PATH",
     .help = "makes a filesystem visible at a path",
     .details = "TYPE     the filesystem, as its module is called\n"
		"SOURCE   what it shows; nothing for tmpfs\n"
		"Example: load tmpfs; mount tmpfs /tmp",
     .operations = &mount_operations},
    {.name = "umount",
     .usage = "PATH",
     .help = "ends a mount",
     .details = "EBUSY while a file below it is open.\n"
		"Example: umount /tmp",
     .operations = &umount_operations},
    {.name = "mounts",
     .help = "lists mounts",
     .details = "Example: mounts",
     .operations = &mounts_operations},
    {.name = "df",
     .usage = "[PATH ...]",
     .help = "shows how full filesystems are",
     .details = "PATH     the filesystem that it lies in; without: all\n"
		"`-` is shown of one that keeps nothing of its own.\n"
		"Example: df /modules",
     .operations = &df_operations},
    {.name = "sync",
     .help = "waits until what was written is safe from a power cut",
     .details = "Example: sync",
     .operations = &sync_operations},
};

int commands_register(void)
{
	return command_register_table(commands);
}

void commands_unregister(void)
{
	command_unregister_table(commands);
}
