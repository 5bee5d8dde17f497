/* Its init loads `mutual_a`, whose init loads this one. */
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static int __init mutual_b_init(void)
{
	time_sleep(20 * TIME_MS);
	return module_load("mutual_a", NULL, 0);
}

static void mutual_b_exit(void)
{
}

module_init(mutual_b_init);
module_exit(mutual_b_exit);
