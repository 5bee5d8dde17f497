/*
 * Two threads that hand a turn to and fro: on one CPU that is a thread switch, on two it is a wake
 * across CPUs. Half of the round trip counts, so each figure holds one wake and one switch.
 */
#include "bench.h"

#define TURNS 20
#define ROUNDS 31

static struct bench_thread ping_thread, pong_thread;
static struct bench_event ping_turn, pong_turn;
static struct bench_series series;

static void ping(void *unused)
{
	unsigned round, i;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t begin = bench_now();

		for (i = 0; i < TURNS; i++) {
			bench_event_signal(&pong_turn);
			bench_event_wait(&ping_turn);
		}
		bench_series_add(&series, bench_now() - begin);
	}
}

static void pong(void *unused)
{
	unsigned i;

	for (i = 0; i < ROUNDS * TURNS; i++) {
		bench_event_wait(&pong_turn);
		bench_event_signal(&ping_turn);
	}
}

static int measure_between(struct bench_out *out, const char *name, unsigned cpu)
{
	int err;

	bench_series_begin(&series, name, bench_cpus(), 2 * TURNS);
	bench_event_init(&ping_turn);
	bench_event_init(&pong_turn);
	err = bench_thread_start(&pong_thread, cpu, pong, NULL);
	if (err != 0)
		return err;
	err = bench_thread_start(&ping_thread, 0, ping, NULL);
	if (err != 0)
		ping(NULL);
	else
		bench_thread_join(&ping_thread);
	bench_thread_join(&pong_thread);
	bench_series_print(&series, out);
	return err;
}

static int measure(struct bench_out *out, unsigned unused)
{
	int err = measure_between(out, "switch", 0);

	if (err == 0 && bench_cpus() > 1)
		err = measure_between(out, "wake", 1);
	return err;
}

BENCH_COMMAND(measure);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Measures a thread switch and a wake on another CPU");
