/* Has a constructor, which nobody would call. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static volatile int constructed; /* volatile, or a compiler may do it beforehand */

__attribute__((constructor)) static void construct(void)
{
	constructed = 1;
}

static int __init constructor_init(void)
{
	return constructed ? 0 : -EINVAL;
}

static void constructor_exit(void)
{
}

module_init(constructor_init);
module_exit(constructor_exit);
