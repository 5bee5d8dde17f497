/*
 * try_module_get and module_put by several callers at once.
 */
#define LOOPS 100000
#include "callers.h"

static inline int work(void)
{
	if (!try_module_get(THIS_MODULE))
		return -ENODEV;
	module_put(THIS_MODULE);
	return 0;
}

static int measure(struct bench_out *out, unsigned count)
{
	int err = measure_callers(out, "get_put", count);

	if (err == 0)
		bench_series_print(&plain_call, out);
	return err;
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures try_module_get and module_put; argument: callers");
