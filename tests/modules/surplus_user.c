/* Depends on surplus_put, so that a put without get has a holder to hide. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_DEPENDS("surplus_put");

static int __init surplus_user_init(void)
{
	return 0;
}

static void surplus_user_exit(void)
{
}

module_init(surplus_user_init);
module_exit(surplus_user_exit);
