/* Needs `provider`, takes half a second in init, and fails. */
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");
MODULE_DEPENDS("provider");

static int __init fails_slowly_init(void)
{
	time_sleep(500 * TIME_MS);
	return -EIO;
}

static void fails_slowly_exit(void)
{
}

module_init(fails_slowly_init);
module_exit(fails_slowly_exit);
