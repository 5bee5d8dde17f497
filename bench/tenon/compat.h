/*
 * The Tenon half of bench.h: its primitives in terms of the kernel's own, nothing measured is
 * wrapped in more than a call that is inlined. A module's command has the module's name and takes
 * a number.
 */
#pragma once

#include <string.h>

#include <lib/errno.h>
#include <lib/parse.h>

#include <kernel/command.h>
#include <kernel/cpu_call.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

/* Linux leaves such functions out where modules cannot be unloaded. */
#define __exit

struct bench_out {
	struct command_call *call;
};

#define bench_print(out, ...) command_print((out)->call, __VA_ARGS__)

static inline uint64_t bench_now(void)
{
	return time_now();
}

static inline unsigned bench_cpus(void)
{
	return cpu_count();
}

struct bench_thread {
	void (*function)(void *argument);
	void *argument;
	struct thread *thread;
};

static __attribute__((__unused__)) int bench_thread_main(void *argument)
{
	struct bench_thread *thread = argument;

	thread->function(thread->argument);
	return 0;
}

static inline int bench_thread_start(struct bench_thread *thread, unsigned cpu,
				     void (*function)(void *), void *argument)
{
	thread->function = function;
	thread->argument = argument;
	thread->thread = thread_create_on((int)cpu, bench_thread_main, thread, "bench/%u", cpu);
	return thread->thread ? 0 : -ENOMEM;
}

static inline void bench_thread_join(struct bench_thread *thread)
{
	thread_stop(thread->thread);
}

struct bench_event {
	struct completion completion;
};

static inline void bench_event_init(struct bench_event *event)
{
	completion_init(&event->completion);
}

static inline void bench_event_signal(struct bench_event *event)
{
	complete(&event->completion);
}

static inline void bench_event_wait(struct bench_event *event)
{
	completion_wait(&event->completion);
}

/* Threads are preempted wherever they are, so there is nothing to offer. */
static inline void bench_breathe(void)
{
	__asm__ volatile("pause");
}

static inline int bench_stop(int (*function)(void *argument))
{
	return stop_machine(function, NULL, NULL);
}

static inline int bench_call_on(unsigned cpu, void (*function)(void *argument))
{
	return cpu_call(cpu, function, NULL);
}

#define bench_alloc(size) heap_alloc(size)
#define bench_free(object) heap_free(object)
/* What is larger than the largest slab is a run of frames: less than a page is one. */
#define bench_page_alloc() heap_alloc(4000)
#define bench_page_free(page) heap_free(page)

struct bench_timer {
	struct timer timer;
	struct completion done;
	uint64_t at;
};

static __attribute__((__unused__)) void bench_timer_fire(struct timer *timer, void *argument)
{
	struct bench_timer *bench = argument;

	bench->at = time_now();
	complete(&bench->done);
}

/* A timer may not lie on a stack; one thread at a time measures. */
static inline uint64_t bench_timer_error(uint64_t delay)
{
	static struct bench_timer bench;
	uint64_t due = time_now() + delay;

	completion_init(&bench.done);
	timer_init(&bench.timer, bench_timer_fire, &bench);
	timer_start(&bench.timer, delay);
	completion_wait(&bench.done);
	timer_cancel(&bench.timer);
	return bench.at - due;
}

/* The command's number; 0 where none is given. */
static inline int bench_number(struct command_call *call, int word, uint64_t *number)
{
	const char *text = call->argc > word ? call->argv[word] : "0";

	if (parse_integer(text, strlen(text), 0, UINT32_MAX, number) == 0)
		return 0;
	return command_fail(call, text, -EINVAL, "not a number");
}

#define BENCH_COMMAND(command_function)                                                            \
	static int bench_run(struct command_call *call)                                            \
	{                                                                                          \
		struct bench_out out = {call};                                                     \
		uint64_t number;                                                                   \
		int err = bench_number(call, 1, &number);                                          \
		if (err != 0)                                                                      \
			return err;                                                                \
		err = command_function(&out, (unsigned)number);                                    \
		return err == 0 ? 0 : command_fail(call, "measuring", err, "%s", errno_text(err)); \
	}                                                                                          \
	BENCH_COMMAND_RAW(bench_run)

/* The same for a command that looks at all its words. */
#define BENCH_COMMAND_RAW(run_function)                                                            \
	static const struct command_operations bench_operations = {.run = run_function};           \
	static struct command bench_command = {                                                    \
	    .name = KBUILD_MODNAME,                                                                \
	    .operations = &bench_operations,                                                       \
	};                                                                                         \
	static int __init bench_init(void)                                                         \
	{                                                                                          \
		return command_register(&bench_command);                                           \
	}                                                                                          \
	static void bench_exit(void)                                                               \
	{                                                                                          \
		command_unregister(&bench_command);                                                \
	}                                                                                          \
	module_init(bench_init);                                                                   \
	module_exit(bench_exit)
