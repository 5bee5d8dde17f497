/*
 * `late_leaver ROUNDS` unregisters an entry whose only call is ended by a thread of higher priority
 * on the same CPU. A timer lets that thread go, in each round a little later, so that in many
 * rounds its interrupt waits until a stop of the machine is over: the call ends as the stop has
 * just seen it.
 */
#include <kernel/bus.h>
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/wait.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define LATER 500u /* nanoseconds, from one round to the next */

struct late_operations {
	int (*stay)(void *argument);
};

struct late {
	const char *name;
	const struct late_operations *operations;
	struct registration registration;
};

static struct timer timer;
static DEFINE_WAIT_QUEUE(changed);
static bool inside, may_go;

static void let_go(struct timer *fired, void *argument)
{
	WRITE_ONCE(may_go, true);
	wait_queue_wake(&changed);
}

static int stay(void *argument)
{
	WRITE_ONCE(inside, true);
	wait_queue_wake(&changed);
	wait_event(&changed, READ_ONCE(may_go));
	return 0;
}

static const struct late_operations late_operations = {.stay = stay};
static struct late entry = {.name = "entry", .operations = &late_operations};
static struct interface late_interface = {
    .name = "late",
    INTERFACE_OPERATIONS("stay"),
    .context = INTERFACE_THREAD,
};

static int call_it(void *unused)
{
	struct call call;
	int error = thread_set_priority(THREAD_HIGH);

	if (!error)
		error = call_begin(&call, &entry.registration, OPERATION(late, stay));
	if (error)
		return error;
	call_through(&call, NULL);
	call_end(&call);
	return 0;
}

static int play(unsigned round)
{
	struct thread *thread;
	int error = REGISTRATION_ENTER(register, late, &late_interface, &entry, THIS_MODULE);

	if (error)
		return error;
	WRITE_ONCE(inside, false);
	WRITE_ONCE(may_go, false);
	thread = thread_create(call_it, NULL, "late_leaver");
	if (thread)
		wait_event(&changed, READ_ONCE(inside));
	timer_start(&timer, round * LATER);
	error = REGISTRATION_LEAVE(late, &entry);
	if (thread)
		error = thread_stop(thread);
	timer_cancel(&timer);
	return thread ? error : -ENOMEM;
}

static int run(struct command_call *call)
{
	unsigned rounds = word_number(call, 1, 1);
	int error = 0;

	for (unsigned round = 0; round < rounds && !error; round++)
		error = play(round);
	return error;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "late_leaver", .operations = &operations};

static int __init late_leaver_init(void)
{
	int error = interface_register(&late_interface);

	timer_init(&timer, let_go, NULL);
	if (error)
		return error;
	error = command_register(&command);
	if (error)
		interface_unregister(&late_interface);
	return error;
}

static void late_leaver_exit(void)
{
	command_unregister(&command);
	interface_unregister(&late_interface);
}

module_init(late_leaver_init);
module_exit(late_leaver_exit);
