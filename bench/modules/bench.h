/*
 * What a bench module is written against. The sources in this folder are built for Tenon and for
 * Linux unchanged; each side force-includes its own compat.h, which supplies the primitives listed
 * below. The rule: no source here knows which side it runs on, so both do the same work.
 *
 * A compat.h supplies, all for thread context:
 *   try_module_get, module_put, THIS_MODULE, module_init, module_exit, MODULE_*, and uint64_t;
 *   uint64_t bench_now(void)                             nanoseconds, monotonic
 *   unsigned bench_cpus(void)                            CPUs that run; they are numbered from 0
 *   struct bench_thread, bench_thread_start(t, cpu, function, argument), bench_thread_join(t)
 *   struct bench_event, bench_event_init, bench_event_signal, bench_event_wait (one wait a signal)
 *   void bench_breathe(void)                             in a busy loop: lets others have the CPU
 *   int bench_stop(int (*function)(void *))              runs it with the whole machine stopped
 *   int bench_call_on(cpu, void (*function)(void *))     runs it there by IPI and waits
 *   uint64_t bench_timer_error(delay)                    a timer's callback: how late, in ns
 *   void *bench_alloc(size), bench_free(object); void *bench_page_alloc(void),
 * bench_page_free(page) bench_print(out, format, ...)                        one whole line
 *   BENCH_COMMAND(function)                              int function(struct bench_out *, unsigned)
 */
#pragma once

#define BENCH_SAMPLES 256

/* Times of the same work done again and again; each sample is the ns that `operations` took. */
struct bench_series {
	const char *name;
	unsigned cpus;
	unsigned operations;
	unsigned count;
	uint64_t sample[BENCH_SAMPLES];
};

static inline void bench_series_begin(struct bench_series *series, const char *name, unsigned cpus,
				      unsigned operations)
{
	series->name = name;
	series->cpus = cpus;
	series->operations = operations;
	series->count = 0;
}

/* Keeps the samples sorted, so that the median is at hand; samples beyond the last are dropped. */
static inline void bench_series_add(struct bench_series *series, uint64_t sample)
{
	unsigned at;

	if (series->count == BENCH_SAMPLES)
		return;
	for (at = series->count++; at > 0 && series->sample[at - 1] > sample; at--)
		series->sample[at] = series->sample[at - 1];
	series->sample[at] = sample;
}

static inline uint64_t bench_whole(const struct bench_series *series, unsigned index)
{
	return series->sample[index] / series->operations;
}

static inline unsigned bench_hundredths(const struct bench_series *series, unsigned index)
{
	return (unsigned)(series->sample[index] % series->operations * 100 / series->operations);
}

/* Prints the line of the series: median, least and greatest, for one operation. */
static inline void bench_series_print(const struct bench_series *series, struct bench_out *out)
{
	unsigned last = series->count - 1;
	unsigned median = series->count / 2;

	if (series->count == 0)
		return;
	bench_print(
	    out, "bench %s cpus=%u unit=ns value=%llu.%02u min=%llu.%02u max=%llu.%02u runs=%u\n",
	    series->name, series->cpus, (unsigned long long)bench_whole(series, median),
	    bench_hundredths(series, median), (unsigned long long)bench_whole(series, 0),
	    bench_hundredths(series, 0), (unsigned long long)bench_whole(series, last),
	    bench_hundredths(series, last), series->count);
}

/* All `count` threads leave only after all have come; `meeting` starts at 0 and may be used again.
 */
static inline void bench_meet(unsigned *meeting, unsigned count)
{
	unsigned ticket = __atomic_fetch_add(meeting, 1, __ATOMIC_ACQ_REL);
	unsigned full = (ticket / count + 1) * count;

	while (__atomic_load_n(meeting, __ATOMIC_ACQUIRE) < full)
		bench_breathe();
}
