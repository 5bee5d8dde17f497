/*
 * Work done by several callers at once, each on its own CPU, and beside it a call of an empty
 * function, by which the machine's mood can be divided out. The including file has
 * `static int work(void)`, done LOOPS times a round, 0 if it went well.
 */
#pragma once

#include "bench.h"

#define ROUNDS 31
#define MOST_CALLERS 16

struct caller {
	struct bench_thread thread;
	uint64_t work[ROUNDS];
	uint64_t plain[ROUNDS];
	unsigned refused;
};

static struct caller callers[MOST_CALLERS];
static struct bench_series work_series, plain_call;
static unsigned present, meeting;
static int go; /* 0: wait for the others, 1: measure, -1: leave */

static __attribute__((__noinline__)) void plain(void)
{
	__asm__ volatile("");
}

static inline int work(void);

static uint64_t time_work(struct caller *caller)
{
	uint64_t begin = bench_now();
	unsigned i;

	for (i = 0; i < LOOPS; i++)
		caller->refused += work() != 0;
	return bench_now() - begin;
}

static uint64_t time_plain(void)
{
	uint64_t begin = bench_now();
	unsigned i;

	for (i = 0; i < LOOPS; i++)
		plain();
	return bench_now() - begin;
}

static void call(void *argument)
{
	struct caller *caller = argument;
	unsigned round;

	while (__atomic_load_n(&go, __ATOMIC_ACQUIRE) == 0)
		bench_breathe();
	if (go < 0)
		return;
	for (round = 0; round < ROUNDS; round++) {
		bench_meet(&meeting, present);
		caller->work[round] = time_work(caller);
		bench_meet(&meeting, present);
		caller->plain[round] = time_plain();
	}
}

/* One sample a round: the mean over the callers. */
static unsigned collect(void)
{
	unsigned round, i, refused = 0;

	for (round = 0; round < ROUNDS; round++) {
		uint64_t works = 0, plains = 0;

		for (i = 0; i < present; i++) {
			works += callers[i].work[round];
			plains += callers[i].plain[round];
		}
		bench_series_add(&work_series, works / present);
		bench_series_add(&plain_call, plains / present);
	}
	for (i = 0; i < present; i++)
		refused += callers[i].refused;
	return refused;
}

/* Starts the callers, and lets them measure only if all of them are there. */
static int call_all(void)
{
	unsigned i;
	int err = 0;

	meeting = 0;
	__atomic_store_n(&go, 0, __ATOMIC_RELAXED);
	for (i = 0; i < present && err == 0; i++) {
		callers[i].refused = 0;
		err = bench_thread_start(&callers[i].thread, i, call, &callers[i]);
	}
	if (err != 0)
		i--;
	__atomic_store_n(&go, err == 0 ? 1 : -1, __ATOMIC_RELEASE);
	while (i-- > 0)
		bench_thread_join(&callers[i].thread);
	return err;
}

static int measure_callers(struct bench_out *out, const char *name, unsigned count)
{
	unsigned refused;
	int err;

	if (count == 0 || count > MOST_CALLERS || count > bench_cpus())
		return -EINVAL;
	present = count;
	bench_series_begin(&work_series, name, count, LOOPS);
	bench_series_begin(&plain_call, "plain_call", count, LOOPS);
	err = call_all();
	if (err != 0)
		return err;
	refused = collect();
	bench_series_print(&work_series, out);
	return refused == 0 ? 0 : -EIO;
}
