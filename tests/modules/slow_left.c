/* An interface whose `left` waits at the gate of rules_gate. */
#include "slow_left.h"

#include <kernel/module.h>

#include "rules_gate.h"

MODULE_LICENSE("MIT");

static void left(struct registration *registration)
{
	gate_pass();
}

struct interface slow_interface = {
    .name = "slowly",
    INTERFACE_OPERATIONS("go"),
    INTERFACE_ENTRY(slowly),
    .context = INTERFACE_THREAD,
    .left = left,
};
EXPORT_SYMBOL(slow_interface);

static int __init slow_left_init(void)
{
	return interface_register(&slow_interface);
}

static void slow_left_exit(void)
{
	interface_unregister(&slow_interface);
}

module_init(slow_left_init);
module_exit(slow_left_exit);
