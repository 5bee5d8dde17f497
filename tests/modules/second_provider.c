/* Exports a name that `provider` exports too. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int provider_answer(void);

int provider_answer(void)
{
	return 43;
}
EXPORT_SYMBOL(provider_answer);

static int __init second_provider_init(void)
{
	return 0;
}

static void second_provider_exit(void)
{
}

module_init(second_provider_init);
module_exit(second_provider_exit);
