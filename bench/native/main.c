/*
 * get and put on the real CPU, by 1 and by 2 real threads, against what they are compared with.
 * Each thread is bound to a CPU and has its own gs base, as each CPU has under Tenon. The kinds
 * take turns run by run and the median counts, so that a noisy machine strikes all of them alike.
 */
#define _GNU_SOURCE
#include <asm/prctl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "loop.h"

#define RUNS 31
#define TIMES 1000000
#define MOST_THREADS 2
#define PAGE 4096

struct worker {
	pthread_t thread;
	unsigned index;
	struct increments *own;
	uint64_t nanoseconds;
};

static struct shared shared;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t barrier;

static void run_get_put(struct worker *worker)
{
	if (loop_get_put(loop_module(), TIMES) != 0)
		abort();
}

static void run_increments(struct worker *worker)
{
	loop_increments(worker->own, TIMES);
}

/* The same memory as that of get and put. */
static void run_srcu_fast(struct worker *worker)
{
	static struct srcu srcu;

	__atomic_store_n(&srcu.counters, (uint64_t)loop_module() + loop_counter_shift(),
			 __ATOMIC_RELAXED);
	loop_srcu_fast(&srcu, TIMES);
}

static void run_shared_atomic(struct worker *worker)
{
	loop_shared_atomic(&shared, TIMES);
}

static void run_increment_not_zero(struct worker *worker)
{
	loop_increment_not_zero(&shared, TIMES);
}

static void run_rwlock(struct worker *worker)
{
	for (unsigned i = 0; i < TIMES; i++) {
		pthread_rwlock_rdlock(&lock);
		pthread_rwlock_unlock(&lock);
	}
}

static const struct kind {
	const char *name;
	void (*run)(struct worker *worker);
} kinds[] = {
    {"native_get_put", run_get_put},
    {"native_increments", run_increments},
    {"native_srcu_fast", run_srcu_fast},
    {"native_shared_atomic", run_shared_atomic},
    {"native_inc_not_zero", run_increment_not_zero},
    {"native_rwlock", run_rwlock},
};

#define KINDS (sizeof kinds / sizeof *kinds)

static uint64_t results[KINDS][RUNS];

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* Binds the thread to its CPU and points gs so that the module's counters are this thread's. */
static void settle(struct worker *worker)
{
	uint64_t base = (uint64_t)worker->own - (uint64_t)loop_module() - loop_counter_shift();
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(worker->index, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	if (syscall(SYS_arch_prctl, ARCH_SET_GS, base) != 0) {
		perror("arch_prctl");
		exit(1);
	}
}

/* The leader notes, for each kind and run, the mean over the threads. */
static void *work(void *argument)
{
	struct worker *worker = argument;

	settle(worker);
	for (unsigned run = 0; run < RUNS; run++) {
		for (unsigned kind = 0; kind < KINDS; kind++) {
			uint64_t begin;

			pthread_barrier_wait(&barrier);
			begin = now();
			kinds[kind].run(worker);
			__atomic_fetch_add(&results[kind][run], now() - begin, __ATOMIC_RELAXED);
		}
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

static void report(unsigned threads)
{
	for (unsigned kind = 0; kind < KINDS; kind++) {
		double scale = 1.0 / TIMES / threads;

		qsort(results[kind], RUNS, sizeof *results[kind], compare);
		printf("bench %s cpus=%u unit=ns value=%.2f min=%.2f max=%.2f runs=%d\n",
		       kinds[kind].name, threads, results[kind][RUNS / 2] * scale,
		       results[kind][0] * scale, results[kind][RUNS - 1] * scale, RUNS);
	}
}

/* A page a thread, mapped far above the program, so that every gs base is a user address. */
static struct increments *map_counters(void)
{
	void *pages = mmap(NULL, MOST_THREADS * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return pages;
}

static void measure(unsigned threads, struct increments *counters)
{
	struct worker workers[MOST_THREADS];

	memset(results, 0, sizeof results);
	shared.count = 1;
	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		workers[i].index = i;
		workers[i].own = counters + i * (PAGE / sizeof *counters);
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(workers[i].thread, NULL);
	report(threads);
}

int main(void)
{
	struct increments *counters = map_counters();
	unsigned threads = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? MOST_THREADS : 1;

	for (unsigned count = 1; count <= threads; count++)
		measure(count, counters);
	return 0;
}
