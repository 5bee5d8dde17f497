/*
 * Two threads do the same thing to one object at once, `twice WHAT ROUNDS`: register an entry, an
 * interface, open a span, add a booking; initialise a timer or a work item that the other one
 * starts, or a work item that the other one cancels. Of each pair one is told that it has come too
 * late, or none is, where both may do it.
 */
#include <kernel/booking.h>
#include <kernel/bus.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

struct twice_operations {
	int (*go)(void);
};

struct twice {
	const char *name;
	const struct twice_operations *operations;
	struct registration registration;
};

static int go(void)
{
	return 0;
}

static const struct twice_operations twice_operations = {.go = go};
static struct interface twice_interface = {
    .name = "twice",
    INTERFACE_OPERATIONS("go"),
    INTERFACE_ENTRY(twice),
    .context = INTERFACE_THREAD,
};
static struct interface other_interface = {.name = "other", INTERFACE_OPERATIONS("go")};
static struct twice lasting = {.name = "lasting", .operations = &twice_operations};
static struct twice entry = {.name = "entry", .operations = &twice_operations};
static struct span span;
static struct timer timer;
static struct work work;
static unsigned ran; /* [A] */

static void end_booking(struct booking *booking)
{
}

static struct booking booking = {.kind = "booking", .name = "twice", .end = end_booking};

static int enter(unsigned side)
{
	return REGISTRATION_ENTER(register, twice, &twice_interface, &entry, THIS_MODULE);
}

static bool leave(void)
{
	REGISTRATION_LEAVE(twice, &entry);
	return true;
}

static int enter_interface(unsigned side)
{
	return interface_register(&other_interface);
}

static bool leave_interface(void)
{
	interface_unregister(&other_interface);
	return true;
}

static int open_span(unsigned side)
{
	struct call call;
	int error = call_begin_by_name(&call, &twice_interface, "lasting", OPERATION(twice, go));

	if (error)
		return error;
	error = span_open(&span, call.registration, "object");
	call_end(&call);
	return error;
}

static bool close_span(void)
{
	span_close(&span);
	return true;
}

static int book(unsigned side)
{
	booking.place = HERE;
	return booking_add(&booking, THIS_MODULE);
}

static bool unbook(void)
{
	booking_remove(&booking);
	return true;
}

static void on_timer(struct timer *timer, void *unused)
{
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
}

static int use_timer(unsigned side)
{
	timer_init(&timer, on_timer, NULL);
	if (side == 0)
		timer_start(&timer, 0);
	return 0;
}

static bool drop_timer(void)
{
	timer_cancel(&timer);
	return true;
}

static void on_work(struct work *work)
{
	__atomic_fetch_add(&ran, 1, __ATOMIC_RELAXED);
}

static int use_work(unsigned side)
{
	work_init(&work, on_work);
	if (side == 0)
		work_queue(&work);
	return 0;
}

static bool drop_work(void)
{
	work_cancel(&work);
	return true;
}

static int use_or_cancel(unsigned side)
{
	if (side == 0)
		work_init(&work, on_work);
	else
		work_cancel(&work);
	return 0;
}

/* It can be queued, whichever came first. */
static bool queue_and_drop(void)
{
	bool queued = work_queue(&work);

	work_cancel(&work);
	return queued;
}

static const struct deed {
	const char *name;
	int (*act)(unsigned side);
	bool (*undo)(void); /* false: what is left cannot be used */
	unsigned successes;
} deeds[] = {
    {"entry", enter, leave, 1},
    {"interface", enter_interface, leave_interface, 1},
    {"span", open_span, close_span, 1},
    {"booking", book, unbook, 1},
    {"timer", use_timer, drop_timer, 2},
    {"work", use_work, drop_work, 2},
    {"cancelled", use_or_cancel, queue_and_drop, 2},
};

static const struct deed *deed;	 /* [A] of the round */
static unsigned round, arrived;	 /* [A] */
static unsigned succeeded, told; /* [A] 0 and -EINVAL, of the round */

static void act(unsigned side)
{
	int error = deed->act(side);

	if (error == 0)
		__atomic_fetch_add(&succeeded, 1, __ATOMIC_RELAXED);
	else if (error == -EINVAL)
		__atomic_fetch_add(&told, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&arrived, 1, __ATOMIC_RELEASE);
}

/* The other side: once for each round. */
static int other(void *unused)
{
	unsigned seen = 0;

	while (!thread_should_stop()) {
		if (__atomic_load_n(&round, __ATOMIC_ACQUIRE) == seen) {
			thread_yield();
			continue;
		}
		seen++;
		act(1);
	}
	return 0;
}

static int one_round(unsigned number)
{
	succeeded = told = arrived = 0;
	__atomic_store_n(&round, number, __ATOMIC_RELEASE);
	act(0);
	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < 2)
		thread_yield();
	if (succeeded != deed->successes || succeeded + told != 2)
		printk("twice: %s: round %u: %u succeeded, %u told\n", deed->name, number,
		       succeeded, told);
	if (!deed->undo()) {
		printk("twice: %s: round %u: it cannot be used any more\n", deed->name, number);
		return -EIO;
	}
	return succeeded == deed->successes && succeeded + told == 2 ? 0 : -EIO;
}

static int run(struct command_call *call)
{
	unsigned rounds = word_number(call, 2, 100), number;
	struct thread *thread;
	int error = 0;

	for (deed = deeds; deed < deeds + ARRAY_SIZE(deeds) && !word_is(call, 1, deed->name);)
		deed++;
	if (deed == deeds + ARRAY_SIZE(deeds))
		return -ENOENT;
	thread_set_cpu(0);
	round = 0;
	thread = thread_create_on(1, other, NULL, "twice");
	if (!thread)
		return -ENOMEM;
	for (number = 1; number <= rounds && !error; number++)
		error = one_round(number);
	thread_stop(thread);
	thread_set_cpu(THREAD_ANY_CPU);
	return error;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "twice", .operations = &operations};

static void twice_exit(void)
{
	command_unregister(&command);
	REGISTRATION_LEAVE(twice, &lasting);
	interface_unregister(&twice_interface);
}

static int __init twice_init(void)
{
	interface_register(&twice_interface);
	REGISTRATION_ENTER(register, twice, &twice_interface, &lasting, THIS_MODULE);
	return command_register(&command);
}

module_init(twice_init);
module_exit(twice_exit);
