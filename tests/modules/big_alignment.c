/* Alignment above the page size. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

asm(".pushsection .data\n .balign 8192\n .long 1\n .popsection");

static int __init big_alignment_init(void)
{
	return 0;
}

static void big_alignment_exit(void)
{
}

module_init(big_alignment_init);
module_exit(big_alignment_exit);
