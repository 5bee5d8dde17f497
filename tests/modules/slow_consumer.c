/* Needs a symbol whose owner may still be on its way in, or already on its way out. */
#include <kernel/module.h>

MODULE_LICENSE("MIT");

int slow_answer(void);

static int __init slow_consumer_init(void)
{
	return slow_answer() == 42 ? 0 : -EPROTO;
}

static void slow_consumer_exit(void)
{
}

module_init(slow_consumer_init);
module_exit(slow_consumer_exit);
