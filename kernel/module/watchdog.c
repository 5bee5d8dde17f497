/*
 * The watchdog names modules whose init, exit or callback does not come back. Once a second of its
 * own running it looks at the innermost call of every thread; what it finds again and again is
 * reported, once. It counts looks, not time: while a virtual machine stands still nobody looks, so
 * nothing is suspected. And it only says so: nothing is ever ended by the clock.
 */
#include <module/module.h>

#include <string.h>

#include <kernel/bus.h>
#include <kernel/percpu.h>
#include <kernel/stop.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include <sched/thread.h>
#include <bus/call.h>

#include <module/symbol.h>

#include "module_internal.h"

#define PERIOD TIME_SECOND
#define LOOKS_INIT 10u	   /* init and exit, whether they run or sleep */
#define LOOKS_CALLBACK 20u /* callbacks, if they run without a pause */

/* What is to be said of one call, copied while it cannot go. */
struct finding {
	char what[160], where[64];
	uint64_t function; /* init or exit, or 0 */
	unsigned looks;
};

/* If they grow, calls have come and gone. */
static uint64_t gets_of(const struct module *module)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		sum += READ_ONCE(*(uint64_t *)(PERCPU_BASE + (uint64_t)cpu * PERCPU_STRIDE +
					       OWNER_COUNTERS + 16 * module->slot));
	return sum;
}

static void describe(struct finding *finding, const struct thread *thread, const struct call *call)
{
	const struct registration *registration = call->registration;
	const struct owner *owner = call->owner->owner;
	const struct loaded_module *module = owner->loader;

	if (registration)
		snprintf(finding->what, sizeof(finding->what), "%s: %s %s: %s", owner->name,
			 registration->interface->name, registration->name, call_operation(call));
	else
		snprintf(finding->what, sizeof(finding->what), "%s: %s", owner->name,
			 call_operation(call));
	snprintf(finding->where, sizeof(finding->where), "in thread %s on CPU %d", thread->name,
		 thread->cpu);
	finding->looks = thread->watched.looks;
	finding->function = 0;
	if (!registration && module)
		finding->function =
		    strcmp(call_operation(call), "init") == 0 ? module->start : module->exit;
}

/* Cheap, every time: the list of threads is locked, what they call is compared and not looked at.
 */
static int look_at(struct thread *thread, void *suspicious)
{
	struct watched *watched = &thread->watched;
	const struct call *call = READ_ONCE(thread->calls);

	if (call != watched->call)
		*watched = (struct watched){.call = call};
	if (!call)
		return 0;
	watched->slept |= READ_ONCE(thread->state) != THREAD_RUNNING;
	watched->looks++;
	*(bool *)suspicious |= watched->looks == LOOKS_INIT || watched->looks == LOOKS_CALLBACK;
	return 0;
}

/* Once something has been there for long: the machine stands still, so a record stays whole. */
static int look_closely(struct thread *thread, void *argument)
{
	struct watched *watched = &thread->watched;
	const struct call *call = thread->calls;
	bool once, stuck;

	if (!call || call != watched->call || watched->told || call->owner == THIS_MODULE ||
	    strcmp(call_operation(call), "thread") == 0)
		return 0;
	once =
	    strcmp(call_operation(call), "init") == 0 || strcmp(call_operation(call), "exit") == 0;
	if (once)
		stuck = watched->looks >= LOOKS_INIT;
	else
		stuck = watched->looks >= LOOKS_CALLBACK && !watched->slept &&
			watched->gets == gets_of(call->owner);
	if (watched->looks == LOOKS_INIT)
		watched->gets = gets_of(call->owner);
	if (!stuck)
		return 0;
	watched->told = true;
	describe(argument, thread, call);
	return 1;
}

static int look_stopped(void *finding)
{
	return thread_for_each_stopped(look_closely, finding);
}

static void report(const struct finding *finding)
{
	struct module_symbol symbol = {.function = ""};

	if (finding->function)
		module_symbol_find(finding->function, &symbol);
	printk(KERN_WARNING "watchdog: %s%s%s has not come back for %u s, %s\n", finding->what,
	       symbol.function[0] ? " " : "", symbol.function, finding->looks, finding->where);
}

static int watch(void *argument)
{
	thread_set_priority(THREAD_LOW);
	while (!thread_sleep_until_stop(time_now() + PERIOD)) {
		struct finding finding;
		bool suspicious = false;

		thread_for_each_locked(look_at, &suspicious);
		while (suspicious && stop_machine(look_stopped, &finding, NULL))
			report(&finding);
	}
	return 0;
}

void module_watchdog_start(void)
{
	if (!thread_create(watch, NULL, "watchdog"))
		printk(KERN_WARNING "watchdog: no memory for its thread\n");
}
