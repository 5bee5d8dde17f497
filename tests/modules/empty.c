/* Comes and goes, and does nothing. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int __init empty_init(void)
{
	return 0;
}

static void empty_exit(void)
{
}

module_init(empty_init);
module_exit(empty_exit);
