/*
 * A hook that counts what passes. It counts per CPU, since it is called on all of them at once.
 */
#include <hook_source/hook_source.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/percpu.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Counts the messages of hook_source");
MODULE_VERSION("1.0");

static DEFINE_PER_CPU(uint64_t, seen);

static enum hook_verdict count(struct hook *hook, void *message)
{
	this_cpu_inc(seen);
	return HOOK_PASS;
}

static const struct hook_operations count_operations = {.handle = count};
static struct hook count_hook = {
    .name = "count",
    .priority = 0,
    .operations = &count_operations,
    .point = &messages,
};

static int count_run(struct command_call *call)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		sum += READ_ONCE(per_cpu(seen, cpu));
	command_print(call, "%llu\n", (unsigned long long)sum);
	return 0;
}

static const struct command_operations command_operations = {.run = count_run};
static struct command count_command = {
    .name = "hook_count",
    .help = "prints how many messages the hook has seen",
    .operations = &command_operations,
};

static int __init count_init(void)
{
	int error = command_register(&count_command);

	if (error)
		return error;
	error = hook_register(&count_hook);
	if (error)
		command_unregister(&count_command);
	return error;
}

static void count_exit(void)
{
	hook_unregister(&count_hook);
	command_unregister(&count_command);
}

module_init(count_init);
module_exit(count_exit);
