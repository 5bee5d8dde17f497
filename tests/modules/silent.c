/*
 * A command that fails and says nothing: `silent errno`, `silent positive` and `silent unknown` say
 * what it returns.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int silent_run(struct command_call *call)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";

	if (strcmp(word, "errno") == 0)
		return -EIO;
	if (strcmp(word, "positive") == 0)
		return 600;
	return strcmp(word, "unknown") == 0 ? -4000 : 0;
}

static const struct command_operations silent_operations = {.run = silent_run};
static struct command silent_command = {.name = "silent", .operations = &silent_operations};

static int __init silent_init(void)
{
	return command_register(&silent_command);
}

static void silent_exit(void)
{
	command_unregister(&silent_command);
}

module_init(silent_init);
module_exit(silent_exit);
