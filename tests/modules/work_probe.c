/* `work_probe`: queues a work item on this CPU and waits until it has run. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/wait.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static DEFINE_WAIT_QUEUE(queue);
static bool done;
static struct work work;

static void note(struct work *unused)
{
	WRITE_ONCE(done, true);
	wait_queue_wake(&queue);
}

static int run(struct command_call *call)
{
	WRITE_ONCE(done, false);
	work_queue(&work);
	wait_event(&queue, READ_ONCE(done));
	command_print(call, "the work item ran\n");
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "work_probe", .operations = &operations};

static int __init work_probe_init(void)
{
	work_init(&work, note);
	return command_register(&command);
}

static void work_probe_exit(void)
{
	command_unregister(&command);
	work_cancel(&work);
}

module_init(work_probe_init);
module_exit(work_probe_exit);
