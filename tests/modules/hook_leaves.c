/*
 * A hook on the point of rules_gate that unregisters itself from inside its own walk, or, with
 * timer=1, a timer that does it. The answers are printed.
 */
#include <kernel/module.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "rules_gate.h"

MODULE_LICENSE("MIT");

static bool by_timer;
module_param_named(timer, by_timer, bool, 0);

static enum hook_verdict handle(struct hook *hook, void *message)
{
	if (!by_timer)
		printk("hook_leaves: %d\n", hook_unregister(hook));
	return HOOK_PASS;
}

static const struct hook_operations operations = {.handle = handle};
static struct hook hook = {.name = "leaves", .operations = &operations, .point = &gate_point};

static void fire(struct timer *timer, void *unused)
{
	printk("hook_leaves: %d\n", hook_unregister(&hook));
}

static struct timer timer;

static int __init hook_leaves_init(void)
{
	int error = hook_register(&hook);

	timer_init(&timer, fire, NULL);
	return error || !by_timer ? error : timer_start(&timer, TIME_MS);
}

static void hook_leaves_exit(void)
{
	timer_cancel(&timer);
	hook_unregister(&hook);
}

module_init(hook_leaves_init);
module_exit(hook_leaves_exit);
