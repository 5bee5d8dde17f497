/* What rules_pair_b uses, and leaves together with. */
#include "rules_pair.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

struct module *pair_owner(void)
{
	return THIS_MODULE;
}
EXPORT_SYMBOL(pair_owner);

static int __init a_init(void)
{
	return 0;
}

static void a_exit(void)
{
	printk("rules_pair_a: exit\n");
}

module_init(a_init);
module_exit(a_exit);
