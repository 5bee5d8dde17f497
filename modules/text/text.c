/* The module: commands over files and pipes. */
#include <string.h>

#include <kernel/module.h>

#include "text.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Commands that read text: grep, head, tail, wc, sort, hexdump, more");
MODULE_VERSION("1.0");

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(grep);
OPERATIONS(head);
OPERATIONS(tail);
OPERATIONS(wc);
OPERATIONS(sort);
OPERATIONS(hexdump);
OPERATIONS(more);

static struct command commands[] = {
    {.name = "grep",
     .usage = "[-i] [-v] [-n] [-c] PATTERN [FILE ...]",
     .help = "prints the lines that match",
     .details = "-i       upper and lower case are the same\n"
		"-v       the lines that do not match\n"
		"-n       with their numbers\n"
		"-c       only how many they are\n"
		"PATTERN  a basic regular expression: . * ^ $ [set] [^set] \\\\\n"
		"The status is ENOENT when no line matches.\n"
		"Example: dmesg | grep -i fault",
     .operations = &grep_operations},
    {.name = "head",
     .usage = "[-n N] [FILE ...]",
     .help = "prints the first lines",
     .details = "-n N     N lines; 10 without it\n"
		"Example: help | head -n 5",
     .operations = &head_operations},
    {.name = "tail",
     .usage = "[-n N] [FILE ...]",
     .help = "prints the last lines",
     .details = "-n N     N lines; 10 without it\n"
		"Example: dmesg | tail -n 20",
     .operations = &tail_operations},
    {.name = "wc",
     .usage = "[-lwc] [FILE ...]",
     .help = "counts lines, words and bytes",
     .details = "-l -w -c lines, words, bytes; without any: all three\n"
		"Example: lsmod | wc -l",
     .operations = &wc_operations},
    {.name = "sort",
     .usage = "[-nru] [FILE ...]",
     .help = "sorts lines",
     .details = "-n       by the number that the line begins with\n"
		"-r       the other way round\n"
		"-u       each line once\n"
		"Example: lsmod | sort -r",
     .operations = &sort_operations},
    {.name = "hexdump",
     .usage = "[FILE ...]",
     .help = "prints bytes in hexadecimal",
     .details = "Example: head -n 1 /dev/zero | hexdump",
     .operations = &hexdump_operations},
    {.name = "more",
     .usage = "[-LINES] [FILE ...]",
     .help = "shows text by the page",
     .details = "-LINES   lines of a page; 23 without it\n"
		"Space: the next page, Enter: the next line, q or Ctrl-C: no more.\n"
		"Example: help | more",
     .operations = &more_operations},
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
	command_unregister_table(commands);
}

static int __init text_init(void)
{
	return command_register_table(commands);
}

module_init(text_init);
module_exit(text_exit);
