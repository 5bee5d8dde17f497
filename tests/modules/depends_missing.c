/* Names a dependency of which there is no file. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_DEPENDS("no_such_module");

static int __init depends_missing_init(void)
{
	return 0;
}

static void depends_missing_exit(void)
{
}

module_init(depends_missing_init);
module_exit(depends_missing_exit);
