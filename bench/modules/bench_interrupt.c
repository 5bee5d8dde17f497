/*
 * How late a timer's callback comes, and how long a call on another CPU takes from asking to
 * knowing that it is done.
 */
#include "bench.h"

#define DELAY_NS 1000000
#define TIMER_ROUNDS 101
#define CALL_ROUNDS 200

static struct bench_thread thread;
static struct bench_series series;
static int outcome;

static void nothing(void *unused)
{
}

static void call_other(void *unused)
{
	unsigned round;

	outcome = 0;
	for (round = 0; round < CALL_ROUNDS && outcome == 0; round++) {
		uint64_t begin = bench_now();

		outcome = bench_call_on(1, nothing);
		bench_series_add(&series, bench_now() - begin);
	}
}

static void set_timer(void *unused)
{
	unsigned round;

	outcome = 0;
	for (round = 0; round < TIMER_ROUNDS; round++)
		bench_series_add(&series, bench_timer_error(DELAY_NS));
}

static int measure_on_first(struct bench_out *out, const char *name, void (*function)(void *))
{
	int err;

	bench_series_begin(&series, name, bench_cpus(), 1);
	err = bench_thread_start(&thread, 0, function, NULL);
	if (err != 0)
		return err;
	bench_thread_join(&thread);
	if (outcome == 0)
		bench_series_print(&series, out);
	return outcome;
}

static int measure(struct bench_out *out, unsigned unused)
{
	int err = measure_on_first(out, "timer", set_timer);

	if (err == 0 && bench_cpus() > 1)
		err = measure_on_first(out, "ipi", call_other);
	return err;
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures timers' lateness and the round trip of a call on another CPU");
