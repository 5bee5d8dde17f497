/*
 * Somebody sleeps in it, at the gate: who runs its command `sleeper`; its own thread, with own=1;
 * or, with bare=1, whoever calls the bare pointer that it leaves with rules_gate, of which the bus
 * knows nothing. `sleeper fault` faults in the
 * condition that it waits for.
 */
#include "rules_gate.h"

#include <kernel/module.h>
#include <kernel/thread.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static bool own, bare;
module_param(own, bool, 0444);
module_param(bare, bool, 0444);

static struct thread *thread;
static volatile uintptr_t nowhere = 8;

static bool fault(void)
{
	return *(volatile int *)nowhere;
}

static int sleeper_run(struct command_call *call)
{
	if (word_is(call, 1, "fault"))
		wait_event(&gate_queue, fault());
	gate_pass();
	return 0;
}

static int sleep_once(void *unused)
{
	gate_pass();
	return 0;
}

static __noinline void sleep_unseen(void)
{
	gate_pass();
	printk("rules_sleeper: was inside, unseen\n");
}

static const struct command_operations operations = {.run = sleeper_run};
static struct command command = {.name = "sleeper", .operations = &operations};

static int __init sleeper_init(void)
{
	int error = command_register(&command);

	if (!error && bare)
		gate_keep(sleep_unseen);
	if (!error && own) {
		thread = thread_create(sleep_once, NULL, "sleeper");
		error = thread ? 0 : -ENOMEM;
	}
	return error;
}

static void sleeper_exit(void)
{
	gate_keep(NULL);
	command_unregister(&command);
	if (thread)
		thread_stop(thread);
}

module_init(sleeper_init);
module_exit(sleeper_exit);
