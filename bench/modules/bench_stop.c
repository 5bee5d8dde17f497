/*
 * An empty stop of the machine, from the call to its return, with the other CPUs idle or, when the
 * argument is not 0, every CPU busy with a thread that never sleeps.
 */
#include "bench.h"

#define ROUNDS 200
#define LONGEST_NS 2000000000ull
#define MOST_CPUS 64

static struct bench_thread busy[MOST_CPUS];
static struct bench_series series;
static unsigned over;

static int nothing(void *unused)
{
	return 0;
}

static void spin(void *unused)
{
	while (__atomic_load_n(&over, __ATOMIC_RELAXED) == 0)
		bench_breathe();
}

/* 200 stops, fewer where they take so long that the bench would never end. */
static int stop_again(void)
{
	uint64_t end = bench_now() + LONGEST_NS;
	unsigned round;

	for (round = 0; round < ROUNDS && bench_now() < end; round++) {
		uint64_t begin = bench_now();
		int err = bench_stop(nothing);

		if (err != 0)
			return err;
		bench_series_add(&series, bench_now() - begin);
	}
	return 0;
}

static int measure(struct bench_out *out, unsigned with_work)
{
	unsigned cpus = bench_cpus();
	unsigned started = 0;
	int err = 0;

	if (cpus > MOST_CPUS)
		return -EINVAL;
	bench_series_begin(&series, with_work ? "stop_busy" : "stop", cpus, 1);
	__atomic_store_n(&over, 0, __ATOMIC_RELAXED);
	while (with_work != 0 && started < cpus && err == 0) {
		err = bench_thread_start(&busy[started], started, spin, NULL);
		started += err == 0;
	}
	if (err == 0)
		err = stop_again();
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	while (started-- > 0)
		bench_thread_join(&busy[started]);
	if (err == 0)
		bench_series_print(&series, out);
	return err;
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures an empty stop of the machine; argument: 1 with every CPU busy");
