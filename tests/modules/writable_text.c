/* A section both writable and executable. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .both,\"awx\",@progbits\n nop\n .popsection");

static int __init writable_text_init(void)
{
	return 0;
}

static void writable_text_exit(void)
{
}

module_init(writable_text_init);
module_exit(writable_text_exit);
