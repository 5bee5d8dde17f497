/* More than one descriptor. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .tenon.module,\"aw\",@progbits\n .skip 88\n .popsection");

static int __init two_descriptors_init(void)
{
	return 0;
}

static void two_descriptors_exit(void)
{
}

module_init(two_descriptors_init);
module_exit(two_descriptors_exit);
