/* Its init comes back only when the gate opens. */
#include "rules_gate.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int __init stuck_init(void)
{
	gate_pass();
	return 0;
}

static void stuck_exit(void)
{
}

module_init(stuck_init);
module_exit(stuck_exit);
