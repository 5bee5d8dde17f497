/* Its init loads `mutual_b`, whose init loads this one. */
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static int __init mutual_a_init(void)
{
	time_sleep(20 * TIME_MS);
	return module_load("mutual_b", NULL, 0);
}

static void mutual_a_exit(void)
{
}

module_init(mutual_a_init);
module_exit(mutual_a_exit);
