/*
 * A hook on `messages` that counts nothing. The command hook_lost writes over where it hangs and
 * what it does.
 */
#include <hook_source/hook_source.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static enum hook_verdict pass(struct hook *hook, void *message)
{
	return HOOK_PASS;
}

static const struct hook_operations hook_operations = {.handle = pass};
static struct hook hook = {.name = "lost", .operations = &hook_operations, .point = &messages};

static int lose(struct command_call *call)
{
	hook.point = NULL;
	hook.operations = NULL;
	return 0;
}

static const struct command_operations command_operations = {.run = lose};
static struct command command = {.name = "hook_lost", .operations = &command_operations};

static int __init hook_lost_init(void)
{
	int error = hook_register(&hook);

	return error ? error : command_register(&command);
}
module_init(hook_lost_init);

static void hook_lost_exit(void)
{
	hook_unregister(&hook);
	command_unregister(&command);
}
module_exit(hook_lost_exit);
