/*
 * Breaks the rules of contexts, which `debug` looks at: `atomic hook` sleeps in a hook, `atomic
 * call` calls an interface that may sleep with preemption off, `atomic irq` from an interrupt.
 */
#include "rules_gate.h"

#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/preempt.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static enum hook_verdict sleepy(struct hook *hook, void *message)
{
	time_sleep(TIME_MS);
	return HOOK_PASS;
}

static void fire(struct timer *timer, void *unused)
{
	notifier_call(NOTIFY_USER, NULL);
}

static void told(struct notifier *notifier, unsigned event, const void *data)
{
}

static const struct hook_operations hook_operations = {.handle = sleepy};
static const struct notifier_operations notifier_operations = {.notify = told};
static struct hook hook = {.name = "atomic", .operations = &hook_operations, .point = &gate_point};
static struct notifier notifier = {.name = "atomic", .operations = &notifier_operations};
static struct timer timer;

static int atomic_run(struct command_call *call)
{
	int error = 0;

	if (word_is(call, 1, "hook")) {
		error = hook_register(&hook);
		hook_run(&gate_point, NULL);
	} else if (word_is(call, 1, "call")) {
		preempt_disable();
		notifier_call(NOTIFY_USER, NULL);
		preempt_enable();
	} else if (word_is(call, 1, "irq")) {
		timer_init(&timer, fire, NULL);
		error = timer_start(&timer, TIME_MS);
		time_sleep(50 * TIME_MS);
	}
	return error;
}

static const struct command_operations operations = {.run = atomic_run};
static struct command command = {.name = "atomic", .operations = &operations};

static int __init atomic_init(void)
{
	int error = notifier_register(&notifier);

	return error ? error : command_register(&command);
}

static void atomic_exit(void)
{
	command_unregister(&command);
	notifier_unregister(&notifier);
}

module_init(atomic_init);
module_exit(atomic_exit);
