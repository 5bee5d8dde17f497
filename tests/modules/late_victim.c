/* Hands out a pointer to its own text, and leaves. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

void late_keep(int (*function)(void));

static __noinline int called_too_late(void)
{
	printk("late_victim: called\n");
	return 0;
}

static int __init late_victim_init(void)
{
	late_keep(called_too_late);
	return 0;
}

static void late_victim_exit(void)
{
}

module_init(late_victim_init);
module_exit(late_victim_exit);
