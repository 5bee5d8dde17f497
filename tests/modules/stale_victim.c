/* Its data, or with init=1 its init data, is read by stale_reader also when that has gone. */
#include "stale_reader.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static bool init;
module_param(init, bool, 0);

static volatile int kept = 1;
static volatile int passing __initdata = 1;

static void stale_victim_exit(void)
{
}

static int __init stale_victim_init(void)
{
	return stale_read_begin(init ? &passing : &kept);
}

module_init(stale_victim_init);
module_exit(stale_victim_exit);
