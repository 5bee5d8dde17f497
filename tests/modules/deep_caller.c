/*
 * `deep_caller LEFT` goes down its stack until LEFT bytes are left, and runs the command `wild`
 * there, which faults; `deep_caller LEFT stop` stops the machine there. `deep_caller again` runs
 * itself without end.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/stop.h>

MODULE_LICENSE("MIT");

#define STACK_SIZE 16384ul /* stacks end at multiples of it */

static int nothing(void *unused)
{
	return 0;
}

static int run_wild(void)
{
	char *argv[] = {"wild", "null", NULL};
	struct command_call call = {.argc = 2, .argv = argv};

	return command_run(&call);
}

static __noinline int descend(uint64_t left, bool stops)
{
	volatile uint64_t here[2] = {left, stops};

	if ((uint64_t)&here[0] % STACK_SIZE > left + 64)
		return descend(left, stops) + 0 * (int)here[0];
	return stops ? stop_machine(nothing, NULL, NULL) : run_wild();
}

static int deep_run(struct command_call *call)
{
	uint64_t left = 0;

	if (call->argc < 2)
		return -EINVAL;
	if (strcmp(call->argv[1], "again") == 0)
		return command_run(call);
	for (const char *c = call->argv[1]; *c >= '0' && *c <= '9'; c++)
		left = left * 10 + (uint64_t)(*c - '0');
	command_print(call, "it says %d\n", descend(left, call->argc > 2));
	return 0;
}

static const struct command_operations operations = {.run = deep_run};
static struct command command = {.name = "deep_caller", .operations = &operations};

static int __init deep_init(void)
{
	return command_register(&command);
}

static void deep_exit(void)
{
	command_unregister(&command);
}

module_init(deep_init);
module_exit(deep_exit);
