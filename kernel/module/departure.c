/*
 * What is decided while the machine stands still: may these modules go, and is a thread in them?
 *
 * With every CPU outside every preemption-off section the sums of references mean something: if
 * none is left, but for those that the leaving modules hold on each other, all become `unloading`
 * in the same stop, and from then on try_module_get fails. No call from outside is in them, none
 * will come.
 *
 * Force asks another question, whether anything leads into the module, and ignores bare references:
 * calls in flight, and the conservative look. Is there any word on any stack that is an address in
 * its text? Saved registers of a thread that does not run lie on its stack, so this finds every
 * thread that is inside, or will return into it. A number that happens to look like an address
 * counts as well, so the look is made where a false hit only refuses: before exit runs, when the
 * spans are cut. From then on what comes in has a record, or holds a reference by hand, so the last
 * look, before the pages go, is at records, and at stacks only while such a reference is left. A
 * plain unload looks at records, too: a surplus put may have hidden a call from the sum.
 */
#include <string.h>

#include <kernel/bus.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>

#include <sched/thread.h>
#include <bus/call.h>

#include "module_internal.h"

#define POLL_FIRST (50 * TIME_US)
#define POLL_LAST (20 * TIME_MS)

/* How many of the dependants of @module leave with it; each holds one reference. */
static unsigned leaving_dependants(const struct departure *departure,
				   const struct loaded_module *module)
{
	const struct dependency *dependency;
	unsigned count = 0;

	list_for_each(dependency, &module->owner->dependants, needing) {
		const struct loaded_module *from = dependency->from->loader;

		count += from->leaving == departure;
	}
	return count;
}

bool departure_is_needed(const struct departure *departure, const struct loaded_module *module)
{
	return list_count(&module->owner->dependants) > leaving_dependants(departure, module);
}

static bool is_in_the_way(const struct departure *departure, const struct loaded_module *module)
{
	const struct owner *owner = module->owner;

	if (departure_is_needed(departure, module))
		return true;
	if (departure->flags & MODULE_FORCE)
		return owner_calls_stopped(owner) > 0;
	/* A put without a get may hide a span from the sum. */
	return owner_references_stopped(owner) != (int64_t)leaving_dependants(departure, module) ||
	       !list_is_empty(&owner->spans);
}

/* The module of @row, which a record names, if it is one of those that leave; else NULL. */
static struct loaded_module *leaving_module(const struct departure *departure,
					    const struct module *row)
{
	struct loaded_module *module = owner_row_valid(row) ? row->ledger->loader : NULL;

	return module && module->leaving == departure ? module : NULL;
}

/* Whose text @word leads into, of those that leave. */
static struct loaded_module *text_owner(const struct departure *departure, uint64_t word)
{
	const struct owner *owner = word < MODULE_WINDOW ? NULL : owner_of_address(word);
	bool text = owner &&
		    (owner_has(owner, OWNER_TEXT, word) || owner_has(owner, OWNER_INIT_TEXT, word));

	return text ? leaving_module(departure, owner->handle) : NULL;
}

/* The one of those that leave whose thread it is, or whose call it is in: owner_runs_in, asked of
 * all of them at once. */
static struct loaded_module *module_inside(const struct departure *departure,
					   const struct thread *thread)
{
	struct loaded_module *module = NULL;

	if (thread->state != THREAD_DEAD)
		module = leaving_module(departure, thread->owner);
	for (const struct call *call = call_innermost(thread); !module && call;
	     call = call_outer(call))
		module = leaving_module(departure, call->owner);
	return module;
}

/*
 * May a word on its stack lead into a module? Not where a thread of the kernel is in no call of a
 * module: all its ways there leave a record, but for guarded walks, in which no stop comes. What
 * stands there is left of calls that are over.
 */
static bool stack_counts(const struct thread *thread)
{
	const struct call *call = call_innermost(thread);

	while (call && call->owner == THIS_MODULE)
		call = call_outer(call);
	return call || thread->owner != THIS_MODULE;
}

/* Is any thread in one of them, by its records, or, by its stack, will it return there? */
static bool look_stopped(struct departure *departure, bool at_stacks)
{
	const struct thread *thread;

	departure->thread[0] = '\0';
	list_for_each(thread, &thread_list, all) {
		struct loaded_module *module = module_inside(departure, thread);
		uint64_t low, high;

		if (thread == thread_current())
			continue; /* it asks */
		if (!module && at_stacks && stack_counts(thread) &&
		    thread_stack_stopped(thread, &low, &high))
			for (; !module && low < high; low += sizeof(uint64_t))
				module = text_owner(departure, *(const uint64_t *)low);
		if (!module)
			continue;
		departure->obstacle = module;
		strlcpy(departure->thread, thread->name, sizeof(departure->thread));
		return true;
	}
	return false;
}

/* What is in the way of ->obstacle. Of what the look has found on a stack the bus may know nothing.
 */
static int tell_holders(const struct departure *departure)
{
	struct owner *owner = departure->obstacle->owner;
	struct module_report *report = departure->report;
	const char *what = departure->time_is_up ? "live again, still " : "";
	bool force = departure->flags & MODULE_FORCE;
	uint64_t count = owner_holders_stopped(owner, force, NULL) -
			 leaving_dependants(departure, departure->obstacle);

	count = max(count, (uint64_t)(departure->thread[0] != '\0'));
	if (owner_references_stopped(owner) < 0)
		report_reason(report, -EBUSY, "%smore puts than gets", what);
	else
		report_reason(report, -EBUSY, "%sin use by %lu holder%s", what, count,
			      count == 1 ? "" : "s");
	if (!(departure->flags & MODULE_DRY_RUN)) /* all of it is told later */
		owner_holders_stopped(owner, force, report);
	if (departure->thread[0])
		report_line(report, "thread %s is in it, or may return into it", departure->thread);
	return -EBUSY;
}

static int find_obstacle(struct departure *departure)
{
	struct loaded_module *module = departure->first;

	departure->thread[0] = '\0';
	while (module && !is_in_the_way(departure, module))
		module = module->next_leaving;
	if (module)
		departure->obstacle = module;
	else if (!(departure->flags & MODULE_FORCE) || !look_stopped(departure, true))
		return 0;
	return tell_holders(departure);
}

int departure_ask_stopped(void *argument)
{
	struct loaded_module *module = ((struct departure *)argument)->first;

	for (; module; module = module->next_leaving)
		module->obstructs = is_in_the_way(argument, module);
	return 0;
}

void departure_set_states(struct loaded_module *first, enum module_state state)
{
	for (struct loaded_module *module = first; module; module = module->next_leaving)
		if (loaded_state(module) != MODULE_FAILED)
			owner_set_state(module->owner, state);
}

/*
 * The first stop, and with MODULE_WAIT as many more as it takes. While it waits for holders they
 * are `unloading` already, so that no new ones come. Said once more when no holder is left, so that
 * the bus knows it.
 */
static int decide_stopped(void *argument)
{
	struct departure *departure = argument;
	bool waits = departure->flags & MODULE_WAIT && !departure->time_is_up;
	int error = find_obstacle(departure);

	if (departure->flags & MODULE_DRY_RUN)
		return error;
	departure_set_states(departure->first, error && !waits ? MODULE_LIVE : MODULE_UNLOADING);
	return error;
}

/* Said once more that it is `unloading`, with the spans gone: see decide_stopped. */
static int cut_stopped(void *argument)
{
	struct departure *departure = argument;
	struct owner *owner = departure->obstacle->owner;

	departure->thread[0] = '\0';
	if (owner_calls_stopped(owner) > 0 || look_stopped(departure, true))
		return tell_holders(departure);
	owner_cut_spans_stopped(owner);
	owner_set_state(owner, owner->handle->state);
	return 0;
}

int departure_cut(struct departure *departure, struct loaded_module *module)
{
	departure->obstacle = module;
	return departure->flags & MODULE_FORCE ? stop_machine(cut_stopped, departure, NULL) : 0;
}

/* Does any of them seem to be held by more, or less, than by the dependants that leave with it? */
static bool seems_held(const struct departure *departure)
{
	const struct loaded_module *module = departure->first;

	while (module && owner_references_now(module->owner) ==
			     (int64_t)leaving_dependants(departure, module))
		module = module->next_leaving;
	return module != NULL;
}

int departure_decide(struct departure *departure)
{
	bool waits = (departure->flags & (MODULE_WAIT | MODULE_DRY_RUN)) == MODULE_WAIT;
	int error = stop_machine(decide_stopped, departure, NULL);

	for (uint64_t step = POLL_FIRST; error && waits && !departure->time_is_up;
	     step = min(2 * step, POLL_LAST)) {
		mutex_unlock(&module_mutex);
		time_sleep(step);
		mutex_lock(&module_mutex);
		departure->time_is_up = time_now() >= departure->deadline;
		/* The sum does not tell what force asks. */
		if (departure->time_is_up || departure->flags & MODULE_FORCE ||
		    !seems_held(departure))
			error = stop_machine(decide_stopped, departure, NULL);
	}
	return error && waits ? -ETIMEDOUT : error;
}

static int unmap_stopped(void *argument)
{
	struct departure *departure = argument;
	struct loaded_module *module;
	unsigned remembered = 0;

	if (look_stopped(departure, departure->held_by_hand))
		return -EBUSY;
	for (module = departure->first; module; module = module->next_leaving) {
		if (remembered++ < TOMBSTONES)
			tombstone_add_stopped(module);
		loaded_unmap_stopped(module);
	}
	return 0;
}

/*
 * Whether there is a reference taken by hand is asked before the stop, so that this need not add up
 * all counters once more. Spans have been cut by now, and calls are found by their records; since
 * the first stop such a reference can only be taken by what holds one or by code of the module,
 * whose exit is over; so where there is none, none comes.
 */
int departure_unmap(struct departure *departure)
{
	departure->held_by_hand = seems_held(departure);
	return stop_machine(unmap_stopped, departure, NULL);
}
