/*
 * What would wait for itself, or meets itself, by the word: `crossing interface` two threads
 * register and unregister one interface; `span` a span is opened twice; `flush` a work item
 * flushes itself; `cancel` two timers cancel each other while both run; `activate` an entry is
 * activated from inside entering; `positive` entering returns 7; `load` a timer loads a module;
 * `requeue` a work item that queues itself again is flushed; `reinit` a timer is initialised by its
 * own callback, and cancelled meanwhile.
 */
#include <string.h>

#include <kernel/bus.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <kernel/work.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

struct crossed_operations {
	int (*go)(void *argument);
};

struct crossed {
	const char *name;
	const struct crossed_operations *operations;
	struct registration registration;
};

static int go(void *argument)
{
	return 0;
}

static const struct crossed_operations crossed_operations = {.go = go};
static struct crossed entry = {.name = "entry", .operations = &crossed_operations};
static const char *word = "";

static int entering(struct registration *registration)
{
	if (strcmp(word, "activate") == 0)
		printk("crossing: activated: %d\n", registration_activate(&registration, 1));
	return strcmp(word, "positive") == 0 ? 7 : 0;
}

static struct interface crossed_interface = {
    .name = "crossed",
    INTERFACE_OPERATIONS("go"),
    INTERFACE_ENTRY(crossed),
    .context = INTERFACE_THREAD,
    .entering = entering,
};

static int register_often(void *unused)
{
	for (unsigned i = 0; i < 20000; i++)
		if (interface_register(&crossed_interface) == 0)
			interface_unregister(&crossed_interface);
	return 0;
}

static int meet_in_interface(void)
{
	struct thread *other = thread_create(register_often, NULL, "crossing");

	if (!other)
		return -ENOMEM;
	register_often(NULL);
	thread_stop(other);
	return 0;
}

static int enter(void)
{
	int error = interface_register(&crossed_interface);

	if (error)
		return error;
	error = REGISTRATION_ENTER(register, crossed, &crossed_interface, &entry, THIS_MODULE);
	printk("crossing: registered: %d\n", error);
	if (!error)
		REGISTRATION_LEAVE(crossed, &entry);
	return interface_unregister(&crossed_interface);
}

static int open_twice(void)
{
	static struct span span;
	struct call call;

	interface_register(&crossed_interface);
	REGISTRATION_ENTER(register, crossed, &crossed_interface, &entry, THIS_MODULE);
	if (call_begin(&call, &entry.registration, OPERATION(crossed, go)) == 0) {
		int first = span_open(&span, &entry.registration, "object");

		printk("crossing: opened: %d, %d\n", first,
		       span_open(&span, &entry.registration, "object"));
		call_end(&call);
		span_close(&span);
	}
	REGISTRATION_LEAVE(crossed, &entry);
	return interface_unregister(&crossed_interface);
}

static struct work work;

static void flush(struct work *self)
{
	work_flush(self);
	printk("crossing: flushed\n");
}

static struct timer timers[2];
static unsigned running; /* [A] */

static void cancel_other(struct timer *timer, void *other)
{
	__atomic_fetch_add(&running, 1, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 100000000 && READ_ONCE(running) < 2; i++)
		;
	timer_cancel(other);
}

static void load(struct timer *timer, void *unused)
{
	printk("crossing: loaded: %d\n", module_load("hello", NULL, 0));
}

static void requeue(struct work *self)
{
	time_sleep(TIME_MS);
	work_queue(self);
}

static int flush_requeued(void)
{
	work_init(&work, requeue);
	work_queue(&work);
	work_flush(&work);
	printk("crossing: flushed\n");
	work_cancel(&work);
	return 0;
}

static unsigned over; /* [A] */

static void reinit(struct timer *timer, void *unused)
{
	timer_init(timer, reinit, NULL);
	__atomic_store_n(&running, 1, __ATOMIC_RELEASE);
	time_delay(50 * TIME_MS);
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
}

static int cancel_reinitialised(void)
{
	running = over = 0;
	thread_set_cpu(1);
	timer_init(&timers[0], reinit, NULL);
	timer_start(&timers[0], 20 * TIME_MS);
	thread_set_cpu(0);
	while (!__atomic_load_n(&running, __ATOMIC_ACQUIRE))
		thread_yield();
	timer_cancel(&timers[0]);
	printk("crossing: cancelled, over: %u\n", __atomic_load_n(&over, __ATOMIC_ACQUIRE));
	return 0;
}

static int start(void (*function)(struct timer *, void *), unsigned count)
{
	running = 0;
	for (unsigned i = 0; i < count; i++) {
		thread_set_cpu((int)i);
		timer_init(&timers[i], function, &timers[1 - i]);
		timer_start(&timers[i], 20 * TIME_MS);
	}
	thread_set_cpu(THREAD_ANY_CPU);
	time_sleep(200 * TIME_MS);
	return 0;
}

static int run(struct command_call *call)
{
	word = call->argc > 1 ? call->argv[1] : "";
	if (word_is(call, 1, "interface"))
		return meet_in_interface();
	if (word_is(call, 1, "span"))
		return open_twice();
	if (word_is(call, 1, "cancel"))
		return start(cancel_other, 2);
	if (word_is(call, 1, "load"))
		return start(load, 1);
	if (word_is(call, 1, "requeue"))
		return flush_requeued();
	if (word_is(call, 1, "reinit"))
		return cancel_reinitialised();
	if (!word_is(call, 1, "flush"))
		return enter();
	work_init(&work, flush);
	work_queue(&work);
	work_flush(&work);
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "crossing", .operations = &operations};

static int __init crossing_init(void)
{
	return command_register(&command);
}

static void crossing_exit(void)
{
	command_unregister(&command);
}

module_init(crossing_init);
module_exit(crossing_exit);
