#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <kernel/source_location.h>

struct module;
struct thread;

/*
 * Kernel threads. A thread belongs to the owner that made it and is joined by that owner: when its
 * function returns, it ends in kernel text, never in the module. thread_stop asks, waits and frees;
 * the thread sees it through thread_should_stop and is woken from thread_sleep_until_stop. Every
 * thread that was created is stopped exactly once (a thread may end on its own before).
 */
#define THREAD_ANY_CPU (-1)

#define thread_create(function, argument, ...)                                                     \
	thread_create_at(function, argument, THREAD_ANY_CPU, THIS_MODULE, HERE, __VA_ARGS__)
#define thread_create_on(cpu, function, argument, ...)                                             \
	thread_create_at(function, argument, cpu, THIS_MODULE, HERE, __VA_ARGS__)

/* The new thread runs at once. NULL when memory is short; and, with a line in the log, when @owner
 * is another module or is leaving, @function is not in text that stays, or there is no such CPU.
 * Context: thread. */
struct thread *thread_create_at(int (*function)(void *argument), void *argument, int cpu,
				struct module *owner, const struct source_location *place,
				const char *name_format, ...) __attribute__((format(printf, 6, 7)));

/* Joins; returns what the function returned. -EINVAL, and a line in the log: it is no thread of the
 * caller's module or of one that depends on it, or it is being stopped or has been. */
int thread_stop(struct thread *thread);
bool thread_should_stop(void);
/* Sleeps until stop is asked or @deadline; true when asked to stop. */
bool thread_sleep_until_stop(uint64_t deadline);
void thread_yield(void);
int thread_set_cpu(
    int cpu); /* moves the current thread; THREAD_ANY_CPU lifts it; -EINVAL, -EDEADLK */

enum thread_priority {
	THREAD_HIGH, /* drivers' bottom halves */
	THREAD_NORMAL,
	THREAD_LOW, /* painters, statistics */
	THREAD_PRIORITIES,
};
/* Of the current thread. -EDEADLK where sleeping is forbidden; -EINVAL. */
int thread_set_priority(enum thread_priority priority);
