/* Needs cycle_a, which needs this one. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int from_cycle_b(void);
int from_cycle_a(void);

int from_cycle_b(void)
{
	return 1;
}
EXPORT_SYMBOL(from_cycle_b);

static int __init cycle_b_init(void)
{
	return from_cycle_a() - 1;
}

static void cycle_b_exit(void)
{
}

module_init(cycle_b_init);
module_exit(cycle_b_exit);
