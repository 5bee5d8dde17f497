/*
 * An object of 64 bytes, by several callers at once: taken and given back.
 */
#define LOOPS 5000
#include "callers.h"

static inline int work(void)
{
	void *object = bench_alloc(64);

	bench_free(object);
	return object ? 0 : -ENOMEM;
}

static int measure(struct bench_out *out, unsigned count)
{
	return measure_callers(out, "heap", count);
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures the heap; argument: callers");
