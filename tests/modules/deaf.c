/*
 * Keeps CPU 1 from answering, in a callback of each kind, until the log says so: `deaf KIND`. `deaf
 * stop` and `deaf call` want something of all CPUs meanwhile.
 */
#include <kernel/cpu_call.h>
#include <kernel/hook.h>
#include <kernel/log_reader.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>
#include <kernel/work.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static struct hook_point deaf_point = HOOK_POINT_INIT("deaf_point");
static struct completion timed;
static uint64_t cursor; /* of the log */
static bool deaf;	/* [A] CPU 1 is */

static bool is_named(void)
{
	static struct log_record record;

	while (log_read(&cursor, &record))
		if (strstr(record.text, "keeps CPU 1 from answering"))
			return true;
	return false;
}

static void until_named(void)
{
	WRITE_ONCE(deaf, true);
	while (!is_named())
		asm volatile("pause");
	WRITE_ONCE(deaf, false);
}

static void with_interrupts_off(void)
{
	asm volatile("cli");
	until_named();
	asm volatile("sti");
}

static void with_preemption_off(void)
{
	preempt_disable();
	until_named();
	preempt_enable();
}

/* Until the line has left the machine, which only another CPU can do. */
static void until_sent(void)
{
	preempt_disable();
	until_named();
	for (uint64_t end = log_end(); log_sent() < end;)
		asm volatile("pause");
	preempt_enable();
}

static enum hook_verdict deaf_hooked(struct hook *hook, void *unused)
{
	with_interrupts_off();
	return HOOK_PASS;
}

static void deaf_timed(struct timer *timer, void *unused)
{
	until_named();
	complete(&timed);
}

static void deaf_worked(struct work *work)
{
	with_interrupts_off();
}

static int nothing(void *unused)
{
	return 0;
}

static void nothing_there(void *unused)
{
}

static const struct hook_operations hook_operations = {.handle = deaf_hooked};
static struct hook hook = {.name = "deaf", .operations = &hook_operations, .point = &deaf_point};
static struct timer timer;
static struct work work;

static void on_cpu_1(const struct command_call *call)
{
	thread_set_cpu(1);
	if (word_is(call, 1, "command")) {
		with_interrupts_off();
	} else if (word_is(call, 1, "section")) {
		with_preemption_off();
	} else if (word_is(call, 1, "sent")) {
		until_sent();
	} else if (word_is(call, 1, "hook")) {
		hook_run(&deaf_point, NULL);
	} else if (word_is(call, 1, "timer")) {
		timer_start(&timer, TIME_MS);
		completion_wait(&timed);
	} else if (word_is(call, 1, "work")) {
		work_queue(&work);
		work_flush(&work);
	}
	thread_set_cpu(THREAD_ANY_CPU);
}

static int deaf_run(struct command_call *call)
{
	if (!word_is(call, 1, "stop") && !word_is(call, 1, "call")) {
		on_cpu_1(call);
		return 0;
	}
	thread_set_cpu(0);
	while (!READ_ONCE(deaf))
		time_sleep(TIME_MS);
	if (word_is(call, 1, "stop"))
		stop_machine(nothing, NULL, NULL);
	else
		cpu_call(1, nothing_there, NULL);
	thread_set_cpu(THREAD_ANY_CPU);
	return 0;
}

static const struct command_operations operations = {.run = deaf_run};
static struct command command = {.name = "deaf", .operations = &operations};

static int __init deaf_init(void)
{
	int error;

	completion_init(&timed);
	timer_init(&timer, deaf_timed, NULL);
	work_init(&work, deaf_worked);
	error = hook_point_register(&deaf_point);
	if (!error)
		error = hook_register(&hook);
	return error ? error : command_register(&command);
}

static void deaf_exit(void)
{
	command_unregister(&command);
	hook_unregister(&hook);
	hook_point_unregister(&deaf_point);
}

module_init(deaf_init);
module_exit(deaf_exit);
