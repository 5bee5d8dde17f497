/*
 * Its exit forgets what `leave` names, a bit each: 1 command, 2 timer, 4 work, 8 memory, 16
 * notifier, 32 node, 64 a thread (which ends when asked).
 */
#include <kernel/command.h>
#include <files/file.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/preempt.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");

static unsigned leave;
module_param(leave, uint, 0444);

static int forgetful_run(struct command_call *call)
{
	return 0;
}

static void forgetful_fire(struct timer *timer, void *argument)
{
}

static struct work forgetful_work;

static void forgetful_work_run(struct work *work)
{
}

/* Keeps the worker busy until the work behind it has been taken out. */
static void blocker_run(struct work *work)
{
	while (list_is_linked(&forgetful_work.item.node))
		time_sleep(TIME_MS);
}

static void forgetful_notify(struct notifier *notifier, unsigned event, const void *data)
{
}

static int forgetful_thread_run(void *argument)
{
	while (!thread_sleep_until_stop(time_now() + TIME_SECOND))
		continue;
	return 0;
}

static const struct command_operations forgetful_operations = {.run = forgetful_run};
static struct command forgetful_command = {.name = "forgetful",
					   .operations = &forgetful_operations};
static const struct notifier_operations forgetful_told = {.notify = forgetful_notify};
static struct notifier forgetful_notifier = {.name = "forgetful", .operations = &forgetful_told};

static void forgetful_release(struct node *node, void **file_private)
{
}

static const struct node_operations forgetful_node_operations = {.release = forgetful_release};
static struct node forgetful_node = {.name = "forgetful", .operations = &forgetful_node_operations};
static struct timer forgetful_timer;
static struct work blocker;
static void *forgetful_memory;
static struct thread *forgetful_thread;

static int __init forgetful_init(void)
{
	int error = command_register(&forgetful_command);

	if (!error)
		error = notifier_register(&forgetful_notifier);
	if (!error)
		error = node_register(&forgetful_node);
	if (error)
		return error;
	timer_init(&forgetful_timer, forgetful_fire, NULL);
	work_init(&forgetful_work, forgetful_work_run);
	work_init(&blocker, blocker_run);
	timer_start(&forgetful_timer, 3600 * TIME_SECOND);
	work_queue(&forgetful_work);
	forgetful_memory = heap_alloc(100);
	forgetful_thread = thread_create(forgetful_thread_run, NULL, "forgetful");
	return forgetful_memory && forgetful_thread ? 0 : -ENOMEM;
}

static void forgetful_exit(void)
{
	if (!(leave & 1))
		command_unregister(&forgetful_command);
	if (!(leave & 2))
		timer_cancel(&forgetful_timer);
	work_cancel(&forgetful_work);
	if (leave & 4) {
		preempt_disable(); /* both on this CPU's worker, in this order */
		work_queue(&blocker);
		work_queue(&forgetful_work);
		preempt_enable();
	}
	if (!(leave & 8))
		heap_free(forgetful_memory);
	if (!(leave & 16))
		notifier_unregister(&forgetful_notifier);
	if (!(leave & 32))
		node_unregister(&forgetful_node);
	if (!(leave & 64))
		thread_stop(forgetful_thread);
}

module_init(forgetful_init);
module_exit(forgetful_exit);
