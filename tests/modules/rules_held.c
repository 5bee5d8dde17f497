/*
 * Faults in unusual places, by the word. With a lock of the kernel's held, which is a panic that
 * names this module: `held lock` in a function of the kernel that holds one of its locks. With a
 * spinlock of its own: `held spin`, `held inside` in a hook. Without, in callbacks that have no
 * record of their own, which is contained: `held hook`, `held timer` (periodic) and `held irq`; and
 * in a call that is made with preemption off: `held atomic`.
 */
#include "rules_gate.h"

#include <kernel/irq.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "rules_pit.h"
#include "rules_words.h"

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;

static int fault(void)
{
	return *(volatile int *)nowhere;
}

static bool inside;
static DEFINE_SPINLOCK(lock);

static enum hook_verdict handle_message(struct hook *hook, void *message)
{
	if (inside)
		spin_lock(&lock);
	return fault() ? HOOK_PASS : HOOK_DROP;
}

static enum irq_result handle_irq(struct irq_handler *handler)
{
	return fault() ? IRQ_NONE : IRQ_HANDLED;
}

static void fire(struct timer *timer, void *unused)
{
	gate_note();
	fault();
}

/* An interface whose callbacks must not sleep; who calls has preemption off. */
static const void *const atomic_operations[] = {(const void *)fault};
static struct interface atomic_interface = {
    .name = "held", INTERFACE_OPERATIONS("fault"), .required = 1, .context = INTERFACE_ATOMIC};
static struct registration atomic;

static int call_atomic(void)
{
	const struct registration wanted = {.interface = &atomic_interface,
					    .owner = THIS_MODULE,
					    .place = HERE,
					    .name = "held",
					    .operations = atomic_operations};
	struct call call;
	int error = interface_register(&atomic_interface);

	if (!error)
		error = registration_register(&atomic, &wanted);
	if (error)
		return error;
	preempt_disable();
	error = call_begin_by_name(&call, &atomic_interface, "held", 0);
	if (!error) {
		error = (int)call_through(&call);
		call_end(&call);
	}
	preempt_enable();
	return error;
}

static const struct hook_operations hook_operations = {.handle = handle_message};
static const struct irq_operations irq_operations = {.handle = handle_irq};
static struct hook hook = {.name = "held", .operations = &hook_operations, .point = &gate_point};
static struct irq_handler irq = {.name = "held", .line = PIT_LINE, .operations = &irq_operations};
static struct timer timer;

static int held_run(struct command_call *call)
{
	int error = 0;

	if (word_is(call, 1, "spin")) {
		spin_lock(&lock);
		error = fault();
	} else if (word_is(call, 1, "lock")) {
		error = hook_register(&hook);
		hook.registration.in_owner.next = (struct list_node *)nowhere;
		hook_unregister(&hook);
	} else if (word_is(call, 1, "hook") || word_is(call, 1, "inside")) {
		inside = word_is(call, 1, "inside");
		error = hook_register(&hook);
		hook_run(&gate_point, NULL);
		command_print(call, "goes on\n");
	} else if (word_is(call, 1, "timer")) {
		timer_init(&timer, fire, NULL);
		error = timer_start_periodic(&timer, TIME_US);
	} else if (word_is(call, 1, "atomic")) {
		error = call_atomic();
	} else if (word_is(call, 1, "irq")) {
		error = irq_register(&irq);
		pit_start(100);
	}
	return error;
}

static const struct command_operations operations = {.run = held_run};
static struct command command = {.name = "held", .operations = &operations};

static int __init held_init(void)
{
	return command_register(&command);
}

static void held_exit(void)
{
	command_unregister(&command);
}

module_init(held_init);
module_exit(held_exit);
