/* Waits in its init and in its exit to be live, and logs what it is told. */
#include <lib/errno.h>

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static void wait_here(const char *where)
{
	printk("waits_for_itself: %s: %s\n", where, errno_name(module_wait_live(THIS_MODULE)));
}

static int __init waits_init(void)
{
	wait_here("init");
	return 0;
}

static void waits_exit(void)
{
	wait_here("exit");
}

module_init(waits_init);
module_exit(waits_exit);
