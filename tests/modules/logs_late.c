/* A timer of its own logs a line some time after init: no command runs any more. */
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

MODULE_LICENSE("MIT");

static struct timer timer;

static void say(struct timer *fired, void *argument)
{
	printk(KERN_INFO "logs_late: this comes late\n");
}

static int __init logs_late_init(void)
{
	timer_init(&timer, say, NULL);
	return timer_start(&timer, TIME_SECOND);
}

static void logs_late_exit(void)
{
	timer_cancel(&timer);
}

module_init(logs_late_init);
module_exit(logs_late_exit);
