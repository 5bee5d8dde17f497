/*
 * How modules leave. Two stops of the machine frame it.
 *
 *   The first decides. With every CPU outside every preemption-off section the sums of references
 *   mean something: if none is left (but for those that the leaving modules hold on each other),
 * all become `unloading` in the same stop, and from then on try_module_get fails. Nobody from
 * outside is in them, nobody will come. Then, newest first: exit runs; what it has forgotten is
 * swept away with a warning; a thread that it has left running cannot be, and keeps the module,
 * failed. The second stop is the grace for whoever was still on the way out of a call without
 * reference (interrupts, hooks), and takes the pages out of every CPU's tables.
 *
 * Only then are memory, row and name given back, and only after that does the caller hear of it.
 * Force asks another question in both stops, whether any stack leads into the module, and ignores
 * bare references; docs/unload.md has the whole story.
 */
#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/stop.h>
#include <kernel/time.h>

#include <bus/call.h>

#include "module_internal.h"

#define POLL_FIRST (50 * TIME_US)
#define POLL_LAST (20 * TIME_MS)

/* How many of the dependants of @module leave with it; each holds one reference. */
static unsigned leaving_dependants(const struct departure *departure,
				   const struct loaded_module *module)
{
	struct dependency *dependency;
	unsigned count = 0;

	list_for_each(dependency, &module->owner->dependants, needing) {
		const struct loaded_module *from = dependency->from->loader;

		count += from->leaving == departure;
	}
	return count;
}

static bool has_other_dependants(const struct departure *departure,
				 const struct loaded_module *module)
{
	return list_count(&module->owner->dependants) > leaving_dependants(departure, module);
}

static bool is_held(const struct departure *departure, const struct loaded_module *module)
{
	return owner_references_stopped(module->owner) !=
	       (int64_t)leaving_dependants(departure, module);
}

/* Who was not named goes only if nobody else holds it. Newest first: what it needs stays then. */
static void drop_held_followers(struct departure *departure)
{
	struct loaded_module **link = &departure->first;

	while (*link) {
		struct loaded_module *module = *link;

		if (!(module->flags & LOADED_FOLLOWS) || !is_held(departure, module)) {
			link = &module->next_leaving;
			continue;
		}
		*link = module->next_leaving;
		module->next_leaving = NULL;
		module->leaving = NULL;
		module->flags &= ~LOADED_FOLLOWS;
	}
}

static void note_obstacle(struct departure *departure, struct loaded_module *module)
{
	departure->obstacle = module;
	if (departure->holders)
		departure->holder_count =
		    owner_holders_stopped(module->owner, departure->flags & MODULE_FORCE,
					  departure->holders) -
		    leaving_dependants(departure, module);
}

static int find_obstacle(struct departure *departure)
{
	struct loaded_module *module;
	bool force = departure->flags & MODULE_FORCE;

	for (module = departure->first; module; module = module->next_leaving) {
		bool obstacle = force ? has_other_dependants(departure, module) ||
					    owner_calls_stopped(module->owner) > 0
				      : is_held(departure, module);

		if (!obstacle)
			continue;
		note_obstacle(departure, module);
		return -EBUSY;
	}
	if (!force || !look_stopped(departure->first, &departure->hit))
		return 0;
	note_obstacle(departure, departure->hit.module);
	return -EBUSY;
}

static void set_all(struct departure *departure, enum module_state from, enum module_state to)
{
	struct loaded_module *module;

	for (module = departure->first; module; module = module->next_leaving)
		if (loaded_state(module) == from)
			owner_set_state(module->owner, to);
}

static int decide_stopped(void *argument)
{
	struct departure *departure = argument;
	struct loaded_module *module;
	int error;

	drop_held_followers(departure);
	error = find_obstacle(departure);
	if (departure->flags & MODULE_DRY_RUN)
		return error;
	if (error && !(departure->flags & MODULE_WAIT))
		return error;
	set_all(departure, MODULE_LIVE, MODULE_UNLOADING);
	if (departure->flags & MODULE_FORCE)
		for (module = departure->first; module; module = module->next_leaving)
			owner_cut_spans_stopped(module->owner);
	return error;
}

static int look_again_stopped(void *argument)
{
	struct departure *departure = argument;
	int error = find_obstacle(departure);

	/* Once more, so that the bus knows that nobody is in it. */
	if (!error)
		set_all(departure, MODULE_UNLOADING, MODULE_UNLOADING);
	return error;
}

static int give_up_stopped(void *argument)
{
	struct departure *departure = argument;
	int error = find_obstacle(departure);

	set_all(departure, MODULE_UNLOADING, error ? MODULE_LIVE : MODULE_UNLOADING);
	return error ? -ETIMEDOUT : 0;
}

static bool seems_held(const struct departure *departure)
{
	const struct loaded_module *module;

	for (module = departure->first; module; module = module->next_leaving)
		if (owner_references_about(module->owner) > leaving_dependants(departure, module))
			return true;
	return false;
}

/* No new callers come; waits until the present ones have left. */
static int wait_for_holders(struct departure *departure)
{
	uint64_t step = POLL_FIRST;
	int error = -EBUSY;

	while (error && time_now() < departure->deadline) {
		time_sleep(min(step, departure->deadline - time_now()));
		step = min(2 * step, POLL_LAST);
		if (!seems_held(departure))
			error = stop_machine(look_again_stopped, departure, NULL);
	}
	return error ? stop_machine(give_up_stopped, departure, NULL) : 0;
}

int departure_tell_holders(struct departure *departure, int error, const char *what)
{
	/* Of whom the look has found on a stack the bus may know nothing. */
	unsigned count = max(departure->holder_count, departure->hit.module ? 1u : 0u);

	if (departure->holders && departure->holders->references < 0)
		report_reason(departure->report, error, "%smore puts than gets", what);
	else if (departure->holders)
		report_reason(departure->report, error, "%sin use by %u holder%s", what, count,
			      count == 1 ? "" : "s");
	else
		report_reason(departure->report, error, "%sin use", what);
	if (departure->holders)
		report_holders(departure->report, departure->holders);
	if (departure->hit.module)
		report_line(departure->report, "thread %s is in it, or may return into it",
			    departure->hit.thread);
	return error;
}

int departure_decide(struct departure *departure)
{
	int error = stop_machine(decide_stopped, departure, NULL);
	bool waits = (departure->flags & MODULE_WAIT) && !(departure->flags & MODULE_DRY_RUN);

	if (error && waits)
		error = wait_for_holders(departure);
	if (!error)
		return 0;
	return departure_tell_holders(departure, error,
				      error == -ETIMEDOUT ? "live again, still " : "");
}

/* 0; -ENOTRECOVERABLE when exit, or something else of the module's meanwhile, has faulted. What
 * had failed before only force takes here: its exit does not run. */
static int run_exit(struct departure *departure, struct loaded_module *module)
{
	if (loaded_state(module) == MODULE_FAILED)
		return departure->flags & MODULE_FORCE ? 0 : -ENOTRECOVERABLE;
	if (!module->exit)
		return 0;
	call_own(module->owner->module, "exit", (const void *)module->exit, NULL);
	return loaded_state(module) == MODULE_FAILED ? -ENOTRECOVERABLE : 0;
}

static int stays_failed(struct departure *departure, struct loaded_module *module,
			const char *thread)
{
	report_reason(departure->report, -EBUSY,
		      "thread %s is still running; the module stays, failed", thread);
	if (loaded_state(module) != MODULE_FAILED)
		owner_fail(module->owner, "its exit has left a thread running");
	return -EBUSY;
}

static int leave(struct departure *departure, struct loaded_module *module)
{
	char thread[32];
	int error = run_exit(departure, module);

	departure->obstacle = module;
	if (error)
		return report_reason(departure->report, error,
				     "has faulted on its way out; the module stays, failed");
	if (owner_thread_count(module->owner, thread, sizeof(thread)) > 0)
		return stays_failed(departure, module, thread);
	owner_sweep(module->owner);
	if (owner_thread_count(module->owner, thread, sizeof(thread)) > 0)
		return stays_failed(departure, module, thread);
	tombstone_add(module);
	return 0;
}

static int unmap_stopped(void *argument)
{
	struct departure *departure = argument;
	struct loaded_module *module;
	bool force = departure->flags & MODULE_FORCE;

	if ((force || debug_enabled) && look_stopped(departure->first, &departure->hit) && force)
		return -EBUSY;
	for (module = departure->first; module; module = module->next_leaving)
		loaded_unmap(module, &departure->batch);
	tlb_flush_stopped(&departure->batch);
	return 0;
}

/*
 * The row in the owner table goes too, unless somebody still has a reference, which only force lets
 * happen: a late put must not count for whoever gets the slot next, so it is never used again.
 */
static void give_back_owner(struct loaded_module *module)
{
	if (owner_references_about(module->owner) == 0) {
		owner_destroy(module->owner);
		return;
	}
	owner_drop_dependencies(module->owner);
	module->owner->loader = NULL;
	printk(KERN_WARNING "%s: gone with references on it: its slot is not used again\n",
	       module->name);
}

static void give_back(struct loaded_module *module)
{
	loaded_release(module);
	table_lock();
	table_remove_locked(module); /* from here nobody finds the row or its owner */
	table_unlock();
	give_back_owner(module);
	heap_free(module);
	wait_queue_wake(&module_changed);
}

static int still_inside(struct departure *departure)
{
	struct loaded_module *module;

	for (module = departure->first; module; module = module->next_leaving) {
		module->flags |= LOADED_FORCED;
		if (loaded_state(module) != MODULE_FAILED)
			owner_fail(module->owner, "it could not be forced out");
	}
	departure->obstacle = departure->hit.module;
	return report_reason(departure->report, -EBUSY,
			     "thread %s is in it, or may return into it; the module stays, failed",
			     departure->hit.thread);
}

/* The second stop, and everything back; memory_mutex held. */
static int remove_memory_locked(struct departure *departure)
{
	struct loaded_module *module, *next;

	if (stop_machine(unmap_stopped, departure, NULL))
		return still_inside(departure);
	if (departure->hit.module)
		printk(KERN_WARNING "%s: thread %s may still have been in it when it went\n",
		       departure->hit.module->name, departure->hit.thread);
	for (module = departure->first; module; module = next) {
		next = module->next_leaving;
		if (departure->flags & MODULE_FORCE) {
			printk(KERN_WARNING "%s: forced out\n", module->name);
			taint("forced unload of", module->name);
		}
		give_back(module);
	}
	departure->first = NULL;
	return 0;
}

static int remove_memory(struct departure *departure)
{
	int error;

	if (!departure->first)
		return 0;
	mutex_lock(&memory_mutex);
	error = remove_memory_locked(departure);
	mutex_unlock(&memory_mutex);
	return error;
}

static int back_to_live_stopped(void *argument)
{
	set_all(argument, MODULE_UNLOADING, MODULE_LIVE);
	return 0;
}

/* One has failed on its way out: those whose exit has run go, those after it are live again. */
static void go_without(struct departure *departure, struct loaded_module *stuck)
{
	struct loaded_module **end = &departure->first;
	struct departure rest = *departure;

	while (*end != stuck)
		end = &(*end)->next_leaving;
	*end = NULL;
	rest.first = stuck->next_leaving;
	if (rest.first)
		stop_machine(back_to_live_stopped, &rest, NULL);
	remove_memory(departure);
	departure->first = stuck;
}

int departure_complete(struct departure *departure)
{
	struct loaded_module *module;
	int error;

	for (module = departure->first; module; module = module->next_leaving) {
		error = leave(departure, module);
		if (!error)
			continue;
		go_without(departure, module);
		return error;
	}
	return remove_memory(departure);
}
