/*
 * The commands of the shell itself.
 */
#include <string.h>

#include <kernel/module.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>

#include "commands.h"

int command_usage(struct command_call *call, const struct command *table)
{
	const char *subject = call->argc > 1 ? call->argv[1] : call->argv[0];

	while (table->name && strcmp(table->name, call->argv[0]) != 0)
		table++;
	return command_fail(call, subject, -EINVAL, "usage: %s%s%s", call->argv[0],
			    table->usage ? " " : "", table->usage ? table->usage : "");
}

static int echo_run(struct command_call *call)
{
	for (int i = 1; i < call->argc; i++) {
		if (i > 1)
			stream_write(call->out, " ", 1);
		stream_print_escaped(call->out, call->argv[i], strlen(call->argv[i]));
	}
	stream_write(call->out, "\n", 1);
	return 0;
}

static int true_run(struct command_call *call)
{
	return 0;
}

static int false_run(struct command_call *call)
{
	call->told = true; /* that it fails is what it is for */
	return -EPERM;
}

/* Clears the screen and puts the cursor in its corner (ECMA-48 ED 2 and CUP). */
static int clear_run(struct command_call *call)
{
	static const char sequence[] = "\033[2J\033[H";

	if (call->argc != 1)
		return command_usage(call, basic_commands);
	if (call->out->terminal)
		terminal_write_raw(call->out->terminal, sequence, sizeof(sequence) - 1);
	return 0;
}

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(echo);
OPERATIONS(true);
OPERATIONS(false);
OPERATIONS(clear);

struct command basic_commands[] = {
    {.name = "echo",
     .usage = "[WORD ...]",
     .help = "prints its words",
     .details = "Example: echo $?",
     .group = "the session",
     .operations = &echo_operations},
    {.name = "true",
     .help = "succeeds",
     .details = "Example: true && echo yes",
     .group = "the session",
     .operations = &true_operations},
    {.name = "false",
     .help = "fails",
     .details = "Its status is EPERM.\n"
		"Example: false || echo no",
     .group = "the session",
     .operations = &false_operations},
    {.name = "help",
     .usage = "[COMMAND]",
     .help = "lists commands, or explains one",
     .details = "Example: help load",
     .group = "the session",
     .operations = &help_operations},
    {.name = "clear",
     .help = "clears the screen",
     .details = "Example: clear",
     .group = "the session",
     .operations = &clear_operations},
    {.name = NULL},
};
