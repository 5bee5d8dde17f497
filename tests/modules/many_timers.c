/*
 * `many_timers COUNT` arms so many timers that are due in hours, tells what it costs then to arm
 * one more, and lets a hundred that are due at once, in no order, fire among them: how many have,
 * and how many of them before one that was due earlier.
 */
#include <lib/compiler.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>
#include <kernel/timer.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define PROBES 1000u
#define SHORT 100u
#define HOUR (3600 * TIME_SECOND)

static struct timer probe, soon[SHORT];
static unsigned fired, disordered; /* [A] */
static uint64_t last_due;

static void on_time(struct timer *timer, void *unused)
{
	disordered += timer->item.due < last_due || time_now() < timer->item.due;
	last_due = timer->item.due;
	WRITE_ONCE(fired, fired + 1);
}

/* Delays that are spread over 16 bits and over a hundred hours, in no order. */
static uint64_t drawn(unsigned i, uint64_t step)
{
	return step * (1 + i * 7919u % 65536) / 64;
}

static void let_fire(struct command_call *call)
{
	fired = disordered = 0;
	last_due = 0;
	preempt_disable(); /* all wait in the queue of one CPU */
	for (unsigned i = 0; i < SHORT; i++)
		timer_start(&soon[i], drawn(i, TIME_US));
	preempt_enable();
	while (READ_ONCE(fired) < SHORT)
		time_sleep(TIME_MS);
	command_print(call, "%u fired, %u out of order\n", fired, disordered);
}

static int run(struct command_call *call)
{
	unsigned count = word_number(call, 1, 10);
	struct timer *timers = heap_alloc_zeroed(count * sizeof(*timers));
	uint64_t begin;

	if (!timers)
		return -ENOMEM;
	for (unsigned i = 0; i < count; i++) {
		timer_init(&timers[i], on_time, NULL);
		timer_start(&timers[i], HOUR + drawn(i, HOUR));
	}
	begin = time_now();
	for (unsigned i = 0; i < PROBES; i++)
		timer_start(&probe, 3 * HOUR + drawn(i, HOUR));
	command_print(call, "%llu ns to arm\n",
		      (unsigned long long)((time_now() - begin) / PROBES));
	let_fire(call);
	for (unsigned i = 0; i < count; i++)
		timer_cancel(&timers[i]);
	timer_cancel(&probe);
	heap_free(timers);
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "many_timers", .operations = &operations};

static int __init many_timers_init(void)
{
	timer_init(&probe, on_time, NULL);
	for (unsigned i = 0; i < SHORT; i++)
		timer_init(&soon[i], on_time, NULL);
	return command_register(&command);
}

static void many_timers_exit(void)
{
	command_unregister(&command);
}

module_init(many_timers_init);
module_exit(many_timers_exit);
