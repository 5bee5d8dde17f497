/*
 * A page, by several callers at once: taken and given back.
 */
#define LOOPS 5000
#include "callers.h"

static inline int work(void)
{
	void *object = bench_page_alloc();

	bench_page_free(object);
	return object ? 0 : -ENOMEM;
}

static int measure(struct bench_out *out, unsigned count)
{
	return measure_callers(out, "page", count);
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures pages; argument: callers");
