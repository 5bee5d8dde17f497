/*
 * Exports one symbol. A module that uses it depends on this one: it is loaded first and held.
 */
#include <kernel/module.h>

#include <provider/provider.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Exports provider_answer");
MODULE_VERSION("1.0");

int provider_answer(void)
{
	return 42;
}
EXPORT_SYMBOL(provider_answer);

static int __init provider_init(void)
{
	return 0;
}

static void provider_exit(void)
{
}

module_init(provider_init);
module_exit(provider_exit);
