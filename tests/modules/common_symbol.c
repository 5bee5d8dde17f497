/* A variable left to the linker, as -fcommon makes it. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".comm left_to_the_linker,8,8");

static int __init common_symbol_init(void)
{
	return 0;
}

static void common_symbol_exit(void)
{
}

module_init(common_symbol_init);
module_exit(common_symbol_exit);
