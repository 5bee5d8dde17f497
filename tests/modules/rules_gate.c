/*
 * A gate that other test modules wait at, so that a test decides how long they stay where they are:
 * `gate open` and `gate shut`. `gate ring` calls whoever wants to be told: the hooks of gate_point
 * and the notifiers. `gate noted` prints how often gate_note was called since it was last asked.
 * `gate begin NAME` begins a call of that command and waits at the gate before it ends it.
 * `gate call` breaks rule 1: it calls a pointer that somebody has left here.
 */
#include "rules_gate.h"

#include <kernel/module.h>
#include <kernel/notifier.h>
#include <kernel/wait.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

struct hook_point gate_point = HOOK_POINT_INIT("gate");
EXPORT_SYMBOL(gate_point);

DEFINE_WAIT_QUEUE(gate_queue);
EXPORT_SYMBOL(gate_queue);

static bool open;
static void (*kept)(void);
static unsigned noted; /* [A] */

void gate_note(void)
{
	__atomic_fetch_add(&noted, 1, __ATOMIC_RELAXED);
}
EXPORT_SYMBOL(gate_note);

void gate_pass(void)
{
	wait_event(&gate_queue, READ_ONCE(open));
}
EXPORT_SYMBOL(gate_pass);

void gate_keep(void (*function)(void))
{
	kept = function;
}
EXPORT_SYMBOL(gate_keep);

/* A call that has begun and not got to the module: its operation is absent, so nothing of that is
 * on the stack. */
static int begin_and_wait(const char *name)
{
	struct call call;
	int error =
	    call_begin_by_name(&call, &command_interface, name, OPERATION(command, complete));

	if (error)
		return error;
	gate_pass();
	call_end(&call);
	return 0;
}

static int gate_run(struct command_call *call)
{
	if (word_is(call, 1, "open") || word_is(call, 1, "shut")) {
		WRITE_ONCE(open, word_is(call, 1, "open"));
		wait_queue_wake(&gate_queue);
	} else if (word_is(call, 1, "ring")) {
		notifier_call(NOTIFY_USER, NULL);
		hook_run(&gate_point, NULL);
	} else if (word_is(call, 1, "call") && kept) {
		kept(); /* bare: the rule that this module is here to break */
	} else if (word_is(call, 1, "begin") && call->argc == 3) {
		return begin_and_wait(call->argv[2]);
	} else if (word_is(call, 1, "noted")) {
		command_print(call, "noted %u\n", __atomic_exchange_n(&noted, 0, __ATOMIC_RELAXED));
	}
	return 0;
}

static const struct command_operations gate_operations = {.run = gate_run};
static struct command gate_command = {.name = "gate", .operations = &gate_operations};

static int __init gate_init(void)
{
	int error = hook_point_register(&gate_point);

	if (error)
		return error;
	error = command_register(&gate_command);
	if (error)
		hook_point_unregister(&gate_point);
	return error;
}

static void gate_exit(void)
{
	command_unregister(&gate_command);
	hook_point_unregister(&gate_point);
}

module_init(gate_init);
module_exit(gate_exit);
