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

#define WATCHED 32u
#define PERIOD TIME_SECOND
#define LOOKS_INIT 10u	   /* init and exit, whether they run or sleep */
#define LOOKS_CALLBACK 20u /* callbacks, if they run without a pause */

struct watched {
	const struct call *call; /* identity only; NULL: free */
	uint32_t thread;
	uint64_t gets; /* of the owner: if they grow, calls have come and gone */
	unsigned looks;
	bool seen, slept, told;
};

/* What is to be said of one call, copied while it cannot go. */
struct finding {
	char module[MODULE_NAME_SIZE];
	char thread[32];
	char operation[16];
	char object[64];
	uint64_t function;
	int cpu;
	unsigned looks;
};

static struct watched watched[WATCHED]; /* the watchdog's own */

static uint64_t gets_of(const struct module *module)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		sum += READ_ONCE(*(uint64_t *)(PERCPU_BASE + (uint64_t)cpu * PERCPU_STRIDE +
					       OWNER_COUNTERS + 16 * module->slot));
	return sum;
}

static struct watched *entry_of(const struct thread *thread, const struct call *call)
{
	for (unsigned i = 0; i < WATCHED; i++)
		if (watched[i].call == call && watched[i].thread == thread->id)
			return &watched[i];
	return NULL;
}

static struct watched *new_entry(const struct thread *thread, const struct call *call)
{
	for (unsigned i = 0; i < WATCHED; i++) {
		if (watched[i].call)
			continue;
		watched[i] = (struct watched){.call = call, .thread = thread->id};
		return &watched[i];
	}
	return NULL;
}

static void describe(struct finding *finding, const struct thread *thread, const struct call *call,
		     unsigned looks)
{
	const struct owner *owner = call->owner->owner;
	const struct loaded_module *module = owner->loader;

	strlcpy(finding->module, owner->name, sizeof(finding->module));
	strlcpy(finding->thread, thread->name, sizeof(finding->thread));
	strlcpy(finding->operation, call_operation(call), sizeof(finding->operation));
	finding->object[0] = '\0';
	if (call->registration)
		snprintf(finding->object, sizeof(finding->object),
			 "%s %s: ", call->registration->interface->name, call->registration->name);
	finding->function = 0;
	if (!call->registration && module)
		finding->function =
		    strcmp(call_operation(call), "init") == 0 ? module->start : module->exit;
	finding->cpu = thread->cpu;
	finding->looks = looks;
}

/* Cheap, every time: the list of threads is locked, what they call is compared and not looked at.
 */
static int look_at(struct thread *thread, void *suspicious)
{
	const struct call *call = READ_ONCE(thread->calls);
	struct watched *entry;

	if (!call || thread->idle)
		return 0;
	entry = entry_of(thread, call);
	if (!entry)
		entry = new_entry(thread, call);
	if (!entry)
		return 0;
	entry->seen = true;
	entry->slept |= READ_ONCE(thread->state) != THREAD_RUNNING;
	entry->looks++;
	*(bool *)suspicious |= entry->looks == LOOKS_INIT || entry->looks == LOOKS_CALLBACK;
	return 0;
}

/* Once something has been there for long: the machine stands still, so a record stays whole. */
static int look_closely(struct thread *thread, void *argument)
{
	struct finding *finding = argument;
	const struct call *call = thread->calls;
	struct watched *entry = call ? entry_of(thread, call) : NULL;
	const char *operation = call ? call_operation(call) : "";
	bool once, stuck;

	if (!entry || call->owner == THIS_MODULE || strcmp(operation, "thread") == 0)
		return 0;
	once = strcmp(operation, "init") == 0 || strcmp(operation, "exit") == 0;
	if (once)
		stuck = entry->looks >= LOOKS_INIT;
	else
		stuck = entry->looks >= LOOKS_CALLBACK && !entry->slept &&
			entry->gets == gets_of(call->owner);
	if (entry->looks == LOOKS_INIT)
		entry->gets = gets_of(call->owner);
	if (!stuck || entry->told)
		return 0;
	entry->told = true;
	describe(finding, thread, call, entry->looks);
	return 1;
}

static int look_stopped_at_calls(void *finding)
{
	return thread_for_each_stopped(look_closely, finding);
}

static void report(const struct finding *finding)
{
	struct module_symbol symbol = {.function = ""};

	if (finding->function)
		module_symbol_find(finding->function, &symbol);
	printk(KERN_WARNING "watchdog: %s: %s%s%s%s has not come back for %u s, in thread %s on "
			    "CPU %d\n",
	       finding->module, finding->object, finding->operation, symbol.function[0] ? " " : "",
	       symbol.function, finding->looks, finding->thread, finding->cpu);
}

static void forget_unseen(void)
{
	for (unsigned i = 0; i < WATCHED; i++) {
		if (!watched[i].seen)
			watched[i].call = NULL;
		watched[i].seen = false;
	}
}

static int watch(void *argument)
{
	thread_set_priority(THREAD_LOW);
	while (!thread_sleep_until_stop(time_now() + PERIOD)) {
		struct finding finding = {.looks = 0};
		bool suspicious = false;

		thread_for_each_locked(look_at, &suspicious);
		while (suspicious && stop_machine(look_stopped_at_calls, &finding, NULL))
			report(&finding);
		forget_unseen();
	}
	return 0;
}

void module_watchdog_start(void)
{
	if (!thread_create(watch, NULL, "watchdog"))
		printk(KERN_WARNING "watchdog: no memory for its thread\n");
}
