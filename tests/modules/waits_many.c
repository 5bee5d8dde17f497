/* `waits_many` waits for one queue more at once than a thread can: it must not sleep then. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/wait.h>

MODULE_LICENSE("MIT");

static struct wait_queue queues[WAITS_MOST + 1];

static int run(struct command_call *call)
{
	bool more;

	for (unsigned i = 0; i < ARRAY_SIZE(queues); i++)
		wait_prepare(&queues[i]);
	more = wait_sleep(time_now() + 100 * TIME_SECOND);
	for (unsigned i = 0; i < ARRAY_SIZE(queues); i++)
		wait_finish(&queues[i]);
	return more ? 0 : -ETIMEDOUT;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "waits_many", .operations = &operations};

static int __init waits_many_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(queues); i++)
		wait_queue_init(&queues[i]);
	return command_register(&command);
}

static void waits_many_exit(void)
{
	command_unregister(&command);
}

module_init(waits_many_init);
module_exit(waits_many_exit);
