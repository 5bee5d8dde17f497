/* The module: commands over files and pipes. */
#include <string.h>

#include <kernel/module.h>

#include "text.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Commands that read text: grep, head, tail, wc, sort, hexdump");
MODULE_VERSION("1.0");

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(grep);
OPERATIONS(head);
OPERATIONS(tail);
OPERATIONS(wc);
OPERATIONS(sort);
OPERATIONS(hexdump);

static struct command commands[] = {
    {.name = "grep",
     .usage = "[-i] [-v] [-n] [-c] PATTERN [FILE ...]",
     .help =
	 "prints the lines that match; -i: any case, -v: that do not, -n: numbers, -c: how many",
     .operations = &grep_operations},
    {.name = "head",
     .usage = "[-n N] [FILE ...]",
     .help = "prints the first lines",
     .operations = &head_operations},
    {.name = "tail",
     .usage = "[-n N] [FILE ...]",
     .help = "prints the last lines",
     .operations = &tail_operations},
    {.name = "wc",
     .usage = "[-lwc] [FILE ...]",
     .help = "counts lines, words and bytes",
     .operations = &wc_operations},
    {.name = "sort",
     .usage = "[-nru] [FILE ...]",
     .help = "sorts lines; -n: by number, -r: the other way round, -u: each once",
     .operations = &sort_operations},
    {.name = "hexdump",
     .usage = "[FILE ...]",
     .help = "prints bytes in hexadecimal",
     .operations = &hexdump_operations},
};

int text_usage(struct command_call *call)
{
	const struct command *command = commands;

	while (strcmp(command->name, call->argv[0]) != 0)
		command++;
	return command_fail(call, call->argc > 1 ? call->argv[1] : call->argv[0], -EINVAL,
			    "usage: %s %s", command->name, command->usage);
}

static void text_exit(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		command_unregister(&commands[i]);
}

static int __init text_init(void)
{
	int error = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands) && !error; i++)
		error = command_register(&commands[i]);
	return error;
}

module_init(text_init);
module_exit(text_exit);
