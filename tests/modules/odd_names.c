/*
 * Names that would break a line or turn its direction: of a notifier and of a thread. It leaves the
 * notifier behind.
 */
#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static void hear_nothing(struct notifier *notifier, unsigned event, const void *data)
{
}

static const struct notifier_operations operations = {.notify = hear_nothing};
static struct notifier notifier = {.name = "odd\nname\xe2\x80\xae", .operations = &operations};
static struct thread *thread;

static int wait_for_stop(void *unused)
{
	while (!thread_sleep_until_stop(time_now() + TIME_SECOND))
		;
	return 0;
}

static int __init odd_names_init(void)
{
	thread = thread_create(wait_for_stop, NULL, "odd\nthread\xe2\x80\xae");
	if (!thread)
		return -ENOMEM;
	return notifier_register(&notifier);
}

static void odd_names_exit(void)
{
	thread_stop(thread);
}

module_init(odd_names_init);
module_exit(odd_names_exit);
