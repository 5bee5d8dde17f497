/* More zeroed data than 32 bits can say. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .bss\n .skip 0x100000010\n .popsection");

static int __init big_bss_init(void)
{
	return 0;
}

static void big_bss_exit(void)
{
}

module_init(big_bss_init);
module_exit(big_bss_exit);
