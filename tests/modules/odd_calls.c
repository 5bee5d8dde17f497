/*
 * Calls that are begun and ended in odd ways, by the word: `order` the first of two is ended first;
 * `ended_twice`; `begun_twice` and `deep` one record is begun that is on the list, alone or below
 * another; `after_end` a call is entered that is over, `never_begun` one that was not begun,
 * `inside` the callee ends its own call, `again` it enters it again; `zeroed` the record is written
 * over before the end, `rebegun` and begun once more, `zeroed_inside` by the callee; `shared` two
 * threads use one record; `left` a record stays behind on a dead frame, `freed` in freed memory,
 * while the thread sleeps; `fault` with two open calls, `upwards` with their records in the other
 * order; `mutex` and `priority` what the caller does between begin and through is none of the
 * callee's; `lost_fault` a fault with a lost record, `hidden` the callee loses a record while
 * another thread takes its entry out; `tick` a timer calls what faults, `stale` what first writes
 * over the record.
 */
#include <string.h>

#include <kernel/bus.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>

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

static struct interface ticked_interface = {
    .name = "ticked",
    INTERFACE_OPERATIONS("answer"),
    INTERFACE_ENTRY(odd),
    .context = INTERFACE_IRQ,
};

static struct call shared;
static long (*inside)(void); /* what the callee does; NULL: it only answers */

static long answer(void)
{
	return inside ? inside() : 42;
}

static long ends(void)
{
	call_end(&shared);
	return 42;
}

static long enters(void)
{
	return call_through(&shared);
}

static long zeroes(void)
{
	memset(&shared, 0, sizeof(shared));
	return 42;
}

static volatile uintptr_t nowhere = 8;

static long faults(void)
{
	*(volatile int *)nowhere = 1;
	return 42;
}

static long zeroes_and_faults(void)
{
	zeroes();
	return faults();
}

static const struct odd_operations odd_operations = {.answer = answer};
static struct odd entry = {.name = "entry", .operations = &odd_operations};
static struct odd ticked = {.name = "ticked", .operations = &odd_operations};
static DEFINE_MUTEX(mutex);
static struct timer timer;
static long answered; /* [A] by what the timer has called; 1: nothing yet */
static bool gone;     /* [A] the entry */

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

static int after_end(struct call *calls)
{
	begin(&calls[0]);
	call_end(&calls[0]);
	return call_through(&calls[0]) == -EINVAL ? 0 : -EIO;
}

static int never_begun(struct call *calls)
{
	memset(&calls[0], 0, sizeof(calls[0]));
	return call_through(&calls[0]) == -EINVAL ? 0 : -EIO;
}

static int with_callee(long (*does)(void), long wanted)
{
	long result;

	begin(&shared);
	inside = does;
	result = call_through(&shared);
	inside = NULL;
	call_end(&shared);
	return result == wanted ? 0 : -EIO;
}

static int zeroed(struct call *calls, bool again)
{
	begin(&calls[0]);
	memset(&calls[0], 0, sizeof(calls[0]));
	if (again && begin(&calls[0]) != -EINVAL)
		return -EIO;
	call_end(&calls[0]);
	return 0;
}

static int use_shared(void *unused)
{
	for (unsigned i = 0; i < 2000; i++) {
		if (begin(&shared) != 0)
			continue;
		call_through(&shared);
		call_end(&shared);
	}
	return 0;
}

static int share(void)
{
	struct thread *other = thread_create_on(1, use_shared, NULL, "odd_calls");

	if (!other)
		return -ENOMEM;
	use_shared(NULL);
	thread_stop(other);
	return 0;
}

static __noinline void leave_on_stack(void)
{
	struct call call;

	begin(&call);
	nowhere = 8;
}

static int leave(void)
{
	leave_on_stack();
	time_sleep(TIME_SECOND);
	return 0;
}

static int leave_freed(void)
{
	struct call *call = heap_alloc(sizeof(*call));

	if (!call)
		return -ENOMEM;
	begin(call);
	memset(call, 0x41, sizeof(*call));
	heap_free(call);
	time_sleep(TIME_SECOND);
	return 0;
}

static int fault(struct call *first, struct call *second)
{
	begin(first);
	begin(second);
	return (int)faults();
}

static int lost_fault(struct call *call)
{
	begin(call);
	memset(call, 0, sizeof(*call));
	return (int)faults();
}

static int take_out(void *unused)
{
	REGISTRATION_LEAVE(odd, &entry);
	WRITE_ONCE(gone, true);
	return 0;
}

/* The entry must stay until this has returned. */
static long loses(void)
{
	struct call call;
	struct thread *other;

	begin(&call);
	memset(&call, 0, sizeof(call));
	other = thread_create_on(1, take_out, NULL, "odd_calls");
	time_sleep(TIME_SECOND / 5);
	return other && !READ_ONCE(gone) ? (long)(uintptr_t)other : -EIO;
}

static int hidden(void)
{
	long result;

	begin(&shared);
	inside = loses;
	result = call_through(&shared);
	inside = NULL;
	call_end(&shared);
	if (result < 0 && result >= -4095)
		return (int)result;
	return thread_stop((struct thread *)(uintptr_t)result);
}

static void on_timer(struct timer *timer, void *unused)
{
	long result = -ENOENT;

	if (call_begin_by_name(&shared, &ticked_interface, "ticked", OPERATION(odd, answer)) == 0) {
		result = call_through(&shared);
		call_end(&shared);
	}
	WRITE_ONCE(answered, result);
}

static int tick(long (*does)(void))
{
	inside = does;
	WRITE_ONCE(answered, 1);
	timer_init(&timer, on_timer, NULL);
	timer_start(&timer, TIME_SECOND / 1000);
	for (uint64_t end = time_now() + TIME_SECOND / 10; time_now() < end;)
		asm volatile("pause");
	inside = NULL;
	return READ_ONCE(answered) == -ENOTRECOVERABLE ? 0 : -EIO;
}

static int stale(void)
{
	tick(zeroes_and_faults);
	return (int)faults();
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
	if (word_is(call, 1, "after_end"))
		return after_end(calls);
	if (word_is(call, 1, "never_begun"))
		return never_begun(calls);
	if (word_is(call, 1, "inside"))
		return with_callee(ends, 42);
	if (word_is(call, 1, "again"))
		return with_callee(enters, -EINVAL);
	if (word_is(call, 1, "zeroed_inside"))
		return with_callee(zeroes, 42);
	if (word_is(call, 1, "zeroed"))
		return zeroed(calls, false);
	if (word_is(call, 1, "rebegun"))
		return zeroed(calls, true);
	if (word_is(call, 1, "shared"))
		return share();
	if (word_is(call, 1, "left"))
		return leave();
	if (word_is(call, 1, "freed"))
		return leave_freed();
	if (word_is(call, 1, "fault"))
		return fault(&calls[1], &calls[0]);
	if (word_is(call, 1, "upwards"))
		return fault(&calls[0], &calls[1]);
	if (word_is(call, 1, "lost_fault"))
		return lost_fault(&calls[0]);
	if (word_is(call, 1, "hidden"))
		return hidden();
	if (word_is(call, 1, "tick"))
		return tick(faults);
	if (word_is(call, 1, "stale"))
		return stale();
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
	REGISTRATION_LEAVE(odd, &ticked);
	interface_unregister(&odd_interface);
	interface_unregister(&ticked_interface);
}

static int __init odd_calls_init(void)
{
	interface_register(&odd_interface);
	interface_register(&ticked_interface);
	REGISTRATION_ENTER(register, odd, &odd_interface, &entry, THIS_MODULE);
	REGISTRATION_ENTER(register, odd, &ticked_interface, &ticked, THIS_MODULE);
	return command_register(&command);
}

module_init(odd_calls_init);
module_exit(odd_calls_exit);
