/* A work item that sleeps until the command `wake_work`; its exit does not wait for it. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/wait.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static DEFINE_WAIT_QUEUE(wakes);
static bool woken;

static void sleeping_work_run(struct work *work)
{
	wait_event(&wakes, READ_ONCE(woken));
}

static struct work sleeping_work;

static int wake_work_run(struct command_call *call)
{
	WRITE_ONCE(woken, true);
	wait_queue_wake(&wakes);
	work_flush(&sleeping_work);
	return 0;
}

static const struct command_operations operations = {.run = wake_work_run};
static struct command command = {.name = "wake_work", .operations = &operations};

static int __init work_sleeps_init(void)
{
	work_init(&sleeping_work, sleeping_work_run);
	work_queue(&sleeping_work);
	return command_register(&command);
}

static void work_sleeps_exit(void)
{
	command_unregister(&command);
}

module_init(work_sleeps_init);
module_exit(work_sleeps_exit);
