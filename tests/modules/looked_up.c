/* Gives looks_up an address in its text, which that looks up also when this module has gone. */
#include "looks_up.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static void looked_up_exit(void)
{
}

static int __init looked_up_init(void)
{
	looks_up_at((const void *)looked_up_exit);
	return 0;
}

module_init(looked_up_init);
module_exit(looked_up_exit);
