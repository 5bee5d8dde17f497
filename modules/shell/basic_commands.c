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

static int help_one(struct command_call *call, const char *wanted)
{
	char name[64], usage[128], help[128];

	for (unsigned i = 0;
	     command_describe(i, name, sizeof(name), usage, sizeof(usage), help, sizeof(help)) == 0;
	     i++) {
		if (strcmp(name, wanted) != 0)
			continue;
		command_print(call, "%s %s\n  %s\n", name, usage, help);
		return 0;
	}
	return command_fail(call, wanted, -ENOENT, "no such command");
}

static int help_run(struct command_call *call)
{
	char name[64], usage[128], help[128];

	if (call->argc > 2)
		return command_usage(call, basic_commands);
	if (call->argc == 2)
		return help_one(call, call->argv[1]);
	for (unsigned i = 0;
	     command_describe(i, name, sizeof(name), usage, sizeof(usage), help, sizeof(help)) == 0;
	     i++)
		command_print(call, "%-12s %s\n", name, help);
	command_print(call, "%-12s %s\n", "A ; B", "B after A");
	command_print(call, "%-12s %s\n", "A & B", "A in the background");
	command_print(call, "%-12s %s\n", "A && B", "B if A succeeds; A || B: if it fails");
	command_print(call, "%-12s %s\n", "on CPU A", "A on that CPU; also: time A, repeat N A");
	command_print(call, "%-12s %s\n", "{ A; B } > F", "a group, its output to a file");
	return 0;
}

/* Completion: the commands. */
static int help_complete(const char *prefix, unsigned index, char *candidate, size_t size)
{
	char usage[8], help[8];
	int error = 0;

	for (unsigned i = 0; !error; i++) {
		error =
		    command_describe(i, candidate, size, usage, sizeof(usage), help, sizeof(help));
		if (!error && strncmp(candidate, prefix, strlen(prefix)) == 0 && index-- == 0)
			break;
	}
	return error;
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

#define OPERATIONS(name, ...)                                                                      \
	static const struct command_operations name##_operations = {.run = name##_run, __VA_ARGS__}
OPERATIONS(echo, );
OPERATIONS(true, );
OPERATIONS(false, );
OPERATIONS(help, .complete = help_complete);
OPERATIONS(clear, );

struct command basic_commands[] = {
    {.name = "echo",
     .usage = "[WORD ...]",
     .help = "prints its words",
     .operations = &echo_operations},
    {.name = "true", .help = "succeeds", .operations = &true_operations},
    {.name = "false", .help = "fails", .operations = &false_operations},
    {.name = "help",
     .usage = "[COMMAND]",
     .help = "lists commands, or explains one",
     .operations = &help_operations},
    {.name = "clear", .help = "clears the screen", .operations = &clear_operations},
    {.name = NULL},
};
