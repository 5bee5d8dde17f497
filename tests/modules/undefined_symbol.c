/* Uses a function that nobody exports. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int exported_by_nobody(void);

static int __init undefined_symbol_init(void)
{
	return exported_by_nobody();
}

static void undefined_symbol_exit(void)
{
}

module_init(undefined_symbol_init);
module_exit(undefined_symbol_exit);
