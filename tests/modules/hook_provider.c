/* A hook point of its own, and `hook_provider`, a command that faults. */
#include "hook_provider.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

struct hook_point provided_point = HOOK_POINT_INIT("provided");
EXPORT_SYMBOL(provided_point);

static volatile uintptr_t nowhere = 8;

static int run(struct command_call *call)
{
	*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "hook_provider", .operations = &operations};

static int __init hook_provider_init(void)
{
	int error = hook_point_register(&provided_point);

	if (error)
		return error;
	error = command_register(&command);
	if (error)
		hook_point_unregister(&provided_point);
	return error;
}

static void hook_provider_exit(void)
{
	command_unregister(&command);
	hook_point_unregister(&provided_point);
}

module_init(hook_provider_init);
module_exit(hook_provider_exit);
