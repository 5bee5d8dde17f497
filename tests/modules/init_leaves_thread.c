/* init makes a thread, which ends when it is asked to, and fails without stopping it. */
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static int left_thread_run(void *argument)
{
	while (!thread_sleep_until_stop(time_now() + 3600 * TIME_SECOND))
		continue;
	printk("init_leaves_thread: asked to stop\n");
	return 0;
}

static int __init init_leaves_thread_init(void)
{
	return thread_create(left_thread_run, NULL, "left_thread") ? -EIO : -ENOMEM;
}

static void init_leaves_thread_exit(void)
{
}

module_init(init_leaves_thread_init);
module_exit(init_leaves_thread_exit);
