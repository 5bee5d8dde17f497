/* A work item on CPU 1 that waits at the gate of rules_gate. `stuck_work fault` faults; `stuck_work
 * timer` lets a timer fault. */
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "rules_gate.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;

static void wait_at_gate(struct work *unused)
{
	gate_pass();
}

static void fault(struct timer *unused, void *unused_too)
{
	*(volatile int *)nowhere = 1;
}

static struct work work;
static struct timer timer;

static int run(struct command_call *call)
{
	if (word_is(call, 1, "fault"))
		fault(NULL, NULL);
	if (word_is(call, 1, "timer"))
		return timer_start(&timer, TIME_MS);
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "stuck_work", .operations = &operations};

static int __init stuck_work_init(void)
{
	work_init(&work, wait_at_gate);
	timer_init(&timer, fault, NULL);
	thread_set_cpu(1);
	work_queue(&work);
	thread_set_cpu(THREAD_ANY_CPU);
	return command_register(&command);
}

static void stuck_work_exit(void)
{
	command_unregister(&command);
	timer_cancel(&timer);
	work_cancel(&work);
}

module_init(stuck_work_init);
module_exit(stuck_work_exit);
