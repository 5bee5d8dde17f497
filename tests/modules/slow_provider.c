/* Takes its time to come (`ms`) and to go (`exit_ms`); `slow_consumer` needs its symbol. */
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

int slow_answer(void);

static unsigned ms;
module_param(ms, uint, 0444);
static unsigned exit_ms;
module_param(exit_ms, uint, 0444);

int slow_answer(void)
{
	return 42;
}
EXPORT_SYMBOL(slow_answer);

static int __init slow_provider_init(void)
{
	time_sleep(ms * TIME_MS);
	return 0;
}

static void slow_provider_exit(void)
{
	time_sleep(exit_ms * TIME_MS);
}

module_init(slow_provider_init);
module_exit(slow_provider_exit);
