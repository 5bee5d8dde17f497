/* An entry in the interface of slow_left, and `slow_left_user`, a command that faults. */
#include "slow_left.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;

static int go(void *argument)
{
	return 0;
}

static const struct slowly_operations slowly_operations = {.go = go};
static struct slowly entry = {.name = "entry", .operations = &slowly_operations};

static int run(struct command_call *call)
{
	*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "slow_left_user", .operations = &operations};

static int __init slow_left_user_init(void)
{
	int error = slowly_register(&entry);

	return error ? error : command_register(&command);
}

static void slow_left_user_exit(void)
{
	command_unregister(&command);
	slowly_unregister(&entry);
}

module_init(slow_left_user_init);
module_exit(slow_left_user_exit);
