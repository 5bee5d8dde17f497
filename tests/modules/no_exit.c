/* Has no exit, so it stays. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int no_exit_run(struct command_call *call)
{
	command_print(call, "works\n");
	return 0;
}

static const struct command_operations no_exit_operations = {.run = no_exit_run};
static struct command no_exit_command = {.name = "no_exit", .operations = &no_exit_operations};

static int __init no_exit_init(void)
{
	return command_register(&no_exit_command);
}

module_init(no_exit_init);
