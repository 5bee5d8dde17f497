/* Needs cycle_b, which needs this one. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int from_cycle_a(void);
int from_cycle_b(void);

int from_cycle_a(void)
{
	return 1;
}
EXPORT_SYMBOL(from_cycle_a);

static int __init cycle_a_init(void)
{
	return from_cycle_b() - 1;
}

static void cycle_a_exit(void)
{
}

module_init(cycle_a_init);
module_exit(cycle_a_exit);
