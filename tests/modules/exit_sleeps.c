/* Its exit sleeps for two seconds. */
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static int __init exit_sleeps_init(void)
{
	return 0;
}

static void exit_sleeps_exit(void)
{
	time_sleep(2 * TIME_SECOND);
}

module_init(exit_sleeps_init);
module_exit(exit_sleeps_exit);
