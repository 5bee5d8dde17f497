/*
 * The watchdog names modules whose init, exit or callback does not come back. Once a second of its
 * own running it looks at the innermost call of every thread; what it finds again and again is
 * reported, once. It counts looks, not time: while a virtual machine stands still no look is made,
 * so nothing is suspected. And it only says so: nothing is ever ended by the clock. restart.c and
 * machine_check.c are its other parts.
 */
#include <kernel/module.h>
#include <kernel/module_control.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include <string.h>

#include "watchdog.h"

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Names what does not come back, and hardware errors; brings back the shell");
MODULE_VERSION("1.0");

#define WATCHED 64
#define PERIOD TIME_SECOND
#define LOOKS_ONCE 10u	   /* init and exit, whether they run or sleep */
#define LOOKS_CALLBACK 20u /* callbacks, if they run without a pause */
#define LOOKS_HARDWARE 5u  /* from one look at what the hardware has recorded to the next */

/* What a thread was seen in. */
struct watched {
	uint32_t thread;
	uint64_t call;	 /* 0: free */
	uint64_t serial; /* of the call, after LOOKS_ONCE looks */
	unsigned looks;
	bool seen, slept;
};

static struct watched watched[WATCHED]; /* the thread's own, as all here */
static struct thread *watchdog;		/* on CPU 0, looks at the others and at the threads */
static struct thread *second;		/* on CPU 1, looks at CPU 0; NULL: there is no other */
static struct thread_row thread_row;
static struct call_look look;

static struct watched *entry_of(const struct thread_row *row)
{
	struct watched *free = NULL;

	for (unsigned i = 0; i < WATCHED; i++) {
		if (watched[i].call == row->call && watched[i].thread == row->id)
			return &watched[i];
		if (!watched[i].call)
			free = &watched[i];
	}
	if (free)
		*free = (struct watched){.thread = row->id, .call = row->call};
	return free;
}

/* It has been there for long. Is it stuck, or do calls come and go at the same place? */
static void look_closely(struct watched *entry, const struct thread_row *row)
{
	if (call_look(entry->thread, entry->call, &look) != 0)
		return;
	if (entry->looks == LOOKS_ONCE)
		entry->serial = look.serial;
	if (look.once
		? entry->looks != LOOKS_ONCE
		: entry->looks != LOOKS_CALLBACK || entry->slept || entry->serial != look.serial)
		return;
	printk(KERN_WARNING "watchdog: %s: %s has not come back for %u s, in thread %s on CPU %d\n",
	       look.module, look.what, entry->looks, row->name, row->cpu);
}

static void look_at(const struct thread_row *row)
{
	struct watched *entry = row->call ? entry_of(row) : NULL;

	if (!entry)
		return;
	entry->seen = true;
	entry->slept |= strcmp(row->state, "sleeping") == 0;
	entry->looks++;
	if (entry->looks == LOOKS_ONCE || entry->looks == LOOKS_CALLBACK)
		look_closely(entry, row);
}

/* To look closely stops the machine: not while a CPU does not answer. */
static bool all_answer(void)
{
	bool all = true;

	for (unsigned cpu = 1; cpu < cpu_count(); cpu++)
		all &= cpu_watch(cpu);
	return all;
}

static int watch(void *unused)
{
	unsigned looks = 0;

	thread_set_priority(THREAD_LOW);
	while (!thread_sleep_until_stop(time_now() + PERIOD)) {
		if (!all_answer())
			continue;
		if (++looks % LOOKS_HARDWARE == 0)
			machine_check_poll();
		for (unsigned i = 0; thread_describe(i, &thread_row) == 0; i++)
			look_at(&thread_row);
		for (unsigned i = 0; i < WATCHED; i++) {
			if (!watched[i].seen)
				watched[i].call = 0;
			watched[i].seen = false;
		}
	}
	return 0;
}

static int watch_first_cpu(void *unused)
{
	thread_set_priority(THREAD_LOW);
	while (!thread_sleep_until_stop(time_now() + PERIOD))
		cpu_watch(0);
	return 0;
}

static void stop_all(void)
{
	if (second)
		thread_stop(second);
	if (watchdog)
		thread_stop(watchdog);
	machine_check_end();
}

static void watchdog_exit(void)
{
	restart_end();
	stop_all();
}

static int __init watchdog_init(void)
{
	int error = -ENOMEM;

	watchdog = thread_create_on(0, watch, NULL, "watchdog");
	if (watchdog && cpu_count() > 1)
		second = thread_create_on(1, watch_first_cpu, NULL, "watchdog/1");
	if (watchdog && (second || cpu_count() == 1))
		error = machine_check_begin();
	if (!error)
		error = restart_begin();
	if (error)
		stop_all();
	return error;
}

module_init(watchdog_init);
module_exit(watchdog_exit);
