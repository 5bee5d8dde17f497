/*
 * `fail_after STAGE NAME`: loads NAME, and has the load fail after STAGE. It succeeds if the load
 * failed for that reason.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/module_control.h>

MODULE_LICENSE("MIT");

static const char *const stages[] = {"validate", "reserve", "depend", "place",
				     "link",	 "protect", "start"};

static int load_and_fail(struct command_call *call, const char *stage, char *name,
			 struct module_report *report)
{
	unsigned count = 0;
	int error;

	while (count < ARRAY_SIZE(stages) && strcmp(stages[count], stage) != 0)
		count++;
	if (count == ARRAY_SIZE(stages))
		return command_fail(call, stage, -EINVAL, "no such stage");
	error = module_control_load(name, NULL, 0, NULL, MODULE_STAGES(count + 1), report);
	if (error == -ECANCELED)
		return 0;
	return command_fail(call, name, error ? error : -EPROTO, "%s",
			    error ? report->text : "loaded in spite of it");
}

static int fail_after_run(struct command_call *call)
{
	struct module_report *report;
	int error;

	if (call->argc != 3)
		return command_fail(call, "", -EINVAL, "usage: fail_after STAGE NAME");
	report = heap_alloc_zeroed(sizeof(*report));
	if (!report)
		return command_fail(call, "", -ENOMEM, "no memory");
	error = load_and_fail(call, call->argv[1], call->argv[2], report);
	heap_free(report);
	return error;
}

static const struct command_operations fail_after_operations = {.run = fail_after_run};
static struct command fail_after_command = {.name = "fail_after",
					    .operations = &fail_after_operations};

static int __init fail_after_init(void)
{
	return command_register(&fail_after_command);
}

static void fail_after_exit(void)
{
	command_unregister(&fail_after_command);
}

module_init(fail_after_init);
module_exit(fail_after_exit);
