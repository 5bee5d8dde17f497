/* Exports a name that `provider` exports too. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int provider_answer(void);

int provider_answer(void)
{
	return 43;
}
EXPORT_SYMBOL(provider_answer);

static int __init export_again_init(void)
{
	return 0;
}

static void export_again_exit(void)
{
}

module_init(export_again_init);
module_exit(export_again_exit);
