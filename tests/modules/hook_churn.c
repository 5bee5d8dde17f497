/*
 * A thread registers hooks that stand in heap memory, unregisters them and frees them, while a
 * timer of the same module faults after @after microseconds. With forever=1 there is no fault.
 */
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "rules_gate.h"

MODULE_LICENSE("MIT");

static unsigned after = 3000;
module_param(after, uint, 0);
static bool forever;
module_param(forever, bool, 0);

static volatile uintptr_t nowhere = 8;

static enum hook_verdict handle(struct hook *hook, void *message)
{
	return HOOK_PASS;
}
static const struct hook_operations operations = {.handle = handle};

static int churn(void *unused)
{
	unsigned refused = 0;

	while (!thread_should_stop() && refused < 3) {
		struct hook *hook = heap_alloc_zeroed(sizeof(*hook));

		if (!hook)
			break;
		hook->name = "churn";
		hook->operations = &operations;
		hook->point = &gate_point;
		if (hook_register(hook) == 0)
			hook_unregister(hook);
		else
			refused++;
		heap_free(hook);
	}
	return 0;
}

static void fault(struct timer *timer, void *unused)
{
	*(volatile int *)nowhere = 1;
}

static struct timer timer;
static struct thread *thread;

static int __init hook_churn_init(void)
{
	thread = thread_create(churn, NULL, "hook_churn");
	if (!thread)
		return -ENOMEM;
	timer_init(&timer, fault, NULL);
	return forever ? 0 : timer_start(&timer, after * TIME_US);
}

static void hook_churn_exit(void)
{
	thread_stop(thread);
	timer_cancel(&timer);
}

module_init(hook_churn_init);
module_exit(hook_churn_exit);
