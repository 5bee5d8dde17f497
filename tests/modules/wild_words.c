/*
 * `wild_words NAME` runs the command NAME with a word that is nowhere: its module fails.
 * `wild_words -out` and `-errors` write over what the command prints to.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/stream.h>

MODULE_LICENSE("MIT");

static int run(struct command_call *call)
{
	char *argv[] = {call->argc > 1 ? call->argv[1] : "", (char *)8, NULL};
	struct command_call other = {
	    .argc = 2, .argv = argv, .out = call->out, .errors = call->errors};

	if (strcmp(argv[0], "-out") == 0)
		memset(call->out, 0x41, sizeof(*call->out));
	else if (strcmp(argv[0], "-errors") == 0)
		memset(call->errors, 0x41, sizeof(*call->errors));
	else
		command_run(&other);
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "wild_words", .operations = &operations};

static int __init wild_words_init(void)
{
	return command_register(&command);
}

static void wild_words_exit(void)
{
	command_unregister(&command);
}

module_init(wild_words_init);
module_exit(wild_words_exit);
