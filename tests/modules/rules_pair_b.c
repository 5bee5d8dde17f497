/*
 * Its exit, which runs before that of the module it uses, tells whether that one can still be held.
 * When both leave in one stop it cannot.
 */
#include "rules_pair.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int __init b_init(void)
{
	return pair_owner() ? 0 : -ENOENT;
}

static void b_exit(void)
{
	bool held = try_module_get(pair_owner());

	printk("rules_pair_b: exit; rules_pair_a %s\n", held ? "is live" : "is leaving too");
	if (held)
		module_put(pair_owner());
}

module_init(b_init);
module_exit(b_exit);
