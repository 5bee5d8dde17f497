/* A function chosen at run time by the dynamic linker. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .text\n .globl chosen\n .type chosen, @gnu_indirect_function\n chosen: ret\n "
    ".popsection");

static int __init indirect_function_init(void)
{
	return 0;
}

static void indirect_function_exit(void)
{
}

module_init(indirect_function_init);
module_exit(indirect_function_exit);
