/*
 * The Linux half of bench.h: its primitives in terms of Linux's own, nothing measured is wrapped in
 * more than a call that is inlined. A module's command is a file /proc/NAME that takes a number.
 */
#pragma once

#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stop_machine.h>
#include <linux/timekeeping.h>

struct bench_out;

/* "alert" is what passes to the console when Linux is told to be quiet. */
#define bench_print(out, ...) ((void)(out), pr_alert(__VA_ARGS__))

static inline uint64_t bench_now(void)
{
	return ktime_get_ns();
}

static inline unsigned bench_cpus(void)
{
	return num_online_cpus();
}

struct bench_thread {
	void (*function)(void *argument);
	void *argument;
	struct completion done;
};

static int __maybe_unused bench_thread_main(void *argument)
{
	struct bench_thread *thread = argument;

	thread->function(thread->argument);
	kthread_complete_and_exit(&thread->done, 0);
}

static inline int bench_thread_start(struct bench_thread *thread, unsigned cpu,
				     void (*function)(void *), void *argument)
{
	struct task_struct *task;

	thread->function = function;
	thread->argument = argument;
	init_completion(&thread->done);
	task = kthread_create(bench_thread_main, thread, "bench/%u", cpu);
	if (IS_ERR(task))
		return PTR_ERR(task);
	kthread_bind(task, cpu);
	wake_up_process(task);
	return 0;
}

static inline void bench_thread_join(struct bench_thread *thread)
{
	wait_for_completion(&thread->done);
}

struct bench_event {
	struct completion completion;
};

static inline void bench_event_init(struct bench_event *event)
{
	init_completion(&event->completion);
}

static inline void bench_event_signal(struct bench_event *event)
{
	complete(&event->completion);
}

static inline void bench_event_wait(struct bench_event *event)
{
	wait_for_completion(&event->completion);
}

/* Debian's kernel preempts kernel threads only where they offer it. */
static inline void bench_breathe(void)
{
	cond_resched();
	cpu_relax();
}

static inline int bench_stop(int (*function)(void *argument))
{
	return stop_machine(function, NULL, NULL);
}

static inline int bench_call_on(unsigned cpu, void (*function)(void *argument))
{
	return smp_call_function_single(cpu, function, NULL, 1);
}

#define bench_alloc(size) kmalloc(size, GFP_KERNEL)
#define bench_free(object) kfree(object)
#define bench_page_alloc() ((void *)__get_free_page(GFP_KERNEL))
#define bench_page_free(page) free_page((unsigned long)(page))

struct bench_timer {
	struct hrtimer timer;
	struct completion done;
	uint64_t at;
};

static enum hrtimer_restart __maybe_unused bench_timer_fire(struct hrtimer *timer)
{
	struct bench_timer *bench = container_of(timer, struct bench_timer, timer);

	bench->at = ktime_get_ns();
	complete(&bench->done);
	return HRTIMER_NORESTART;
}

static inline uint64_t bench_timer_error(uint64_t delay)
{
	struct bench_timer bench;
	uint64_t due = ktime_get_ns() + delay;

	init_completion(&bench.done);
	hrtimer_init_on_stack(&bench.timer, CLOCK_MONOTONIC, HRTIMER_MODE_ABS);
	bench.timer.function = bench_timer_fire;
	hrtimer_start(&bench.timer, ns_to_ktime(due), HRTIMER_MODE_ABS);
	wait_for_completion(&bench.done);
	hrtimer_cancel(&bench.timer);
	destroy_hrtimer_on_stack(&bench.timer);
	return bench.at - due;
}

#define BENCH_COMMAND(command)                                                                     \
	static ssize_t bench_write(struct file *file, const char __user *text, size_t size,        \
				   loff_t *offset)                                                 \
	{                                                                                          \
		unsigned number;                                                                   \
		int err = kstrtouint_from_user(text, size, 0, &number);                            \
		if (err == 0)                                                                      \
			err = command(NULL, number);                                               \
		return err != 0 ? err : (ssize_t)size;                                             \
	}                                                                                          \
	static const struct proc_ops bench_operations = {                                          \
	    .proc_write = bench_write,                                                             \
	};                                                                                         \
	static int __init bench_init(void)                                                         \
	{                                                                                          \
		return proc_create(KBUILD_MODNAME, 0200, NULL, &bench_operations) ? 0 : -ENOMEM;   \
	}                                                                                          \
	static void __exit bench_exit(void)                                                        \
	{                                                                                          \
		remove_proc_entry(KBUILD_MODNAME, NULL);                                           \
	}                                                                                          \
	module_init(bench_init);                                                                   \
	module_exit(bench_exit)
