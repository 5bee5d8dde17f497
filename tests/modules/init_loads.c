/* Its init loads another module. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int __init init_loads_init(void)
{
	static const char *const words[] = {"who=inside"};

	return module_load("hello", words, 1);
}

static void init_loads_exit(void)
{
}

module_init(init_loads_init);
module_exit(init_loads_exit);
