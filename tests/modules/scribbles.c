/*
 * A command that writes over what the shell has handed to it, and faults: `scribbles WHAT`. With
 * `twice` it closes an output twice, and with `job` it writes over the shell's own memory.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/sink.h>
#include <kernel/stream.h>

#include "session.h"

MODULE_LICENSE("MIT");

#define WILD ((void *)0x8008000)

static void scribble(struct command_call *call, const char *what)
{
	if (strcmp(what, "name") == 0)
		call->argv[0] = WILD;
	else if (strcmp(what, "words") == 0)
		memset(call->argv[0], 'x', strlen(call->argv[0]) + 1 + strlen(call->argv[1]));
	else if (strcmp(what, "call") == 0)
		memset(call, 0x55, sizeof(*call));
	else if (strcmp(what, "out") == 0)
		memset(call->out, 0x55, sizeof(*call->out));
	else if (strcmp(what, "errors") == 0)
		memset(call->errors, 0x55, sizeof(*call->errors));
}

static int close_twice(struct command_call *call)
{
	struct sink_file *file;
	uint64_t end;

	if (sink_open("/dev/null", false, &file, &end))
		return command_fail(call, "/dev/null", -EIO, "no output");
	sink_close(file);
	sink_close(file);
	return 0;
}

static int scribbles_run(struct command_call *call)
{
	const char *what = call->argc == 2 ? call->argv[1] : "";

	if (strcmp(what, "twice") == 0)
		return close_twice(call);
	if (strcmp(what, "job") == 0) {
		container_of(call->errors, struct job, terminal_stream)->session = WILD;
		return 0;
	}
	scribble(call, what);
	*(volatile char *)WILD = 0;
	return 0;
}

static const struct command_operations operations = {.run = scribbles_run};
static struct command command = {.name = "scribbles", .operations = &operations};

static int __init scribbles_init(void)
{
	return command_register(&command);
}

static void scribbles_exit(void)
{
	command_unregister(&command);
}

module_init(scribbles_init);
module_exit(scribbles_exit);
