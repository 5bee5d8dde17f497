/* `work_loads NAME`: loads it in a work, so that the worker of that CPU does nothing else. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static struct work work;
static const char *name;
static int result;

static void load(struct work *unused)
{
	result = module_load(name, NULL, 0);
}

static int work_loads_run(struct command_call *call)
{
	if (call->argc != 2)
		return command_fail(call, "", -EINVAL, "usage: work_loads NAME");
	name = call->argv[1];
	work_queue(&work);
	work_flush(&work);
	return result ? command_fail(call, name, result, "not loaded") : 0;
}

static const struct command_operations operations = {.run = work_loads_run};
static struct command command = {.name = "work_loads", .operations = &operations};

static int __init work_loads_init(void)
{
	work_init(&work, load);
	return command_register(&command);
}

static void work_loads_exit(void)
{
	command_unregister(&command);
}

module_init(work_loads_init);
module_exit(work_loads_exit);
