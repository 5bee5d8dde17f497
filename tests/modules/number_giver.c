/* Its exit leaves an address in its text on the stack of a thread that never goes there. early=1:
 * its init does. */
#include <kernel/module.h>

#include "number_keeper.h"

MODULE_LICENSE("MIT");

static bool early;
module_param(early, bool, 0);

static void number_giver_exit(void)
{
	number_keeper_keep((uint64_t)number_giver_exit);
}

static int __init number_giver_init(void)
{
	if (early)
		number_keeper_keep((uint64_t)number_giver_exit);
	return 0;
}

module_init(number_giver_init);
module_exit(number_giver_exit);
