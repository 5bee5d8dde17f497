/*
 * Calls that are begun and ended in odd ways, by the word: `order` the first of two is ended first;
 * `ended_twice`; `begun_twice` and `deep` one record is begun that is on the list, alone or below
 * another; `fault` with two open calls, `upwards` with their records in the other order; `mutex`
 * and `priority` what the caller does between begin and through is none of the callee's.
 */
#include <kernel/bus.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/thread.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

struct odd_operations {
	long (*answer)(void);
};

struct odd {
	const char *name;
	const struct odd_operations *operations;
	struct registration registration;
};

static struct interface odd_interface = {
    .name = "odd",
    INTERFACE_OPERATIONS("answer"),
    INTERFACE_ENTRY(odd),
    .context = INTERFACE_THREAD,
};

static long answer(void)
{
	return 42;
}

static const struct odd_operations odd_operations = {.answer = answer};
static struct odd entry = {.name = "entry", .operations = &odd_operations};
static DEFINE_MUTEX(mutex);
static volatile uintptr_t nowhere = 8;

static int begin(struct call *call)
{
	return call_begin_by_name(call, &odd_interface, "entry", OPERATION(odd, answer));
}

static int order(struct call *calls)
{
	begin(&calls[0]);
	begin(&calls[1]);
	call_end(&calls[0]);
	calls[0] = (struct call){0};
	if (call_through(&calls[1]) != 42)
		return -EIO;
	call_end(&calls[1]);
	return 0;
}

static int ended_twice(struct call *calls)
{
	begin(&calls[0]);
	call_end(&calls[0]);
	call_end(&calls[0]);
	return 0;
}

static int begun_twice(struct call *calls)
{
	int error;

	begin(&calls[0]);
	error = begin(&calls[0]);
	call_end(&calls[0]);
	return error == -EINVAL ? 0 : -EIO;
}

static int deep(struct call *calls)
{
	int error;

	begin(&calls[0]);
	begin(&calls[1]);
	error = begin(&calls[0]);
	call_end(&calls[1]);
	call_end(&calls[0]);
	return error == -EINVAL ? 0 : -EIO;
}

static int fault(struct call *first, struct call *second)
{
	begin(first);
	begin(second);
	*(volatile int *)nowhere = 1;
	return 0;
}

static int with_mutex(struct call *calls)
{
	long result;

	begin(&calls[0]);
	mutex_lock(&mutex);
	result = call_through(&calls[0]);
	if (!mutex_is_held(&mutex))
		return -EPERM;
	mutex_unlock(&mutex);
	call_end(&calls[0]);
	return result == 42 ? 0 : -EIO;
}

static int with_priority(struct call *calls)
{
	long result;

	begin(&calls[0]);
	thread_set_priority(THREAD_LOW);
	result = call_through(&calls[0]);
	thread_set_priority(THREAD_NORMAL);
	call_end(&calls[0]);
	return result == 42 ? 0 : -EIO;
}

static int run(struct command_call *call)
{
	struct call calls[2];

	if (word_is(call, 1, "order"))
		return order(calls);
	if (word_is(call, 1, "ended_twice"))
		return ended_twice(calls);
	if (word_is(call, 1, "begun_twice"))
		return begun_twice(calls);
	if (word_is(call, 1, "deep"))
		return deep(calls);
	if (word_is(call, 1, "fault"))
		return fault(&calls[1], &calls[0]);
	if (word_is(call, 1, "upwards"))
		return fault(&calls[0], &calls[1]);
	if (word_is(call, 1, "mutex"))
		return with_mutex(calls);
	return word_is(call, 1, "priority") ? with_priority(calls) : -ENOENT;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "odd_calls", .operations = &operations};

static void odd_calls_exit(void)
{
	command_unregister(&command);
	REGISTRATION_LEAVE(odd, &entry);
	interface_unregister(&odd_interface);
}

static int __init odd_calls_init(void)
{
	interface_register(&odd_interface);
	REGISTRATION_ENTER(register, odd, &odd_interface, &entry, THIS_MODULE);
	return command_register(&command);
}

module_init(odd_calls_init);
module_exit(odd_calls_exit);
