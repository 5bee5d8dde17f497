/* The top of a chain of three: it needs consumer, which needs provider. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_DEPENDS("consumer");

static int __init chain_top_init(void)
{
	return 0;
}

static void chain_top_exit(void)
{
}

module_init(chain_top_init);
module_exit(chain_top_exit);
