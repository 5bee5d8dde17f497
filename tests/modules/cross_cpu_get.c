/* References taken on one CPU and given back on another, `cross_cpu_get` times a million. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

MODULE_LICENSE("MIT");

#define TIMES 1000000

static int put_all(void *argument)
{
	for (int i = 0; i < TIMES; i++)
		module_put(THIS_MODULE);
	return 0;
}

static int cross_cpu_get_run(struct command_call *call)
{
	struct thread *thread;

	for (int i = 0; i < TIMES; i++)
		if (!try_module_get(THIS_MODULE))
			return -ENODEV;
	thread = thread_create_on((int)cpu_count() - 1, put_all, NULL, "cross_cpu_get");
	return thread ? thread_stop(thread) : -ENOMEM;
}

static const struct command_operations cross_operations = {.run = cross_cpu_get_run};
static struct command cross_command = {.name = "cross_cpu_get", .operations = &cross_operations};

static int __init cross_cpu_get_init(void)
{
	return command_register(&cross_command);
}

static void cross_cpu_get_exit(void)
{
	command_unregister(&cross_command);
}

module_init(cross_cpu_get_init);
module_exit(cross_cpu_get_exit);
