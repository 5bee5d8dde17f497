/* Registers a command whose name the shell has. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int name_taken_run(struct command_call *call)
{
	return 0;
}

static const struct command_operations name_taken_operations = {.run = name_taken_run};
static struct command name_taken_command = {.name = "echo", .operations = &name_taken_operations};

static int __init name_taken_init(void)
{
	return command_register(&name_taken_command);
}

static void name_taken_exit(void)
{
	command_unregister(&name_taken_command);
}

module_init(name_taken_init);
module_exit(name_taken_exit);
