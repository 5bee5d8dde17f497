/* What `caller` calls while it comes and goes: the command `answerer` computes from its words. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int answerer_run(struct command_call *call)
{
	call->argc = call->argc * 3 + 1;
	return 0;
}

static const struct command_operations answerer_operations = {.run = answerer_run};
static struct command answerer_command = {.name = "answerer", .operations = &answerer_operations};

static int __init answerer_init(void)
{
	return command_register(&answerer_command);
}

static void answerer_exit(void)
{
	command_unregister(&answerer_command);
}

module_init(answerer_init);
module_exit(answerer_exit);
