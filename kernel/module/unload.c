/*
 * Unloading, by names, all of them or none. What can be refused without stopping the machine comes
 * first: names, states, permanence, a module that would unload itself. Each row is claimed, so that
 * of two threads that unload the same module one is refused. Then two stops frame the way out. The
 * first decides (departure.c). Newest first, exit runs; what it has forgotten is swept away with a
 * warning; a thread that it has left running cannot be, and keeps the module, failed. The second
 * takes the pages out of every CPU's tables. Only then are memory, row and name given back, and
 * only after that does the caller hear of it. docs/unload.md has the whole story.
 */
#include <string.h>

#include <lib/touch.h>

#include <kernel/delay.h>
#include <kernel/preempt.h>
#include <kernel/stack.h>
#include <kernel/stop.h>

#include <log/misuse.h>
#include <sched/thread.h>

#include "module_internal.h"

static void name_in(struct module_report *report, const char *name)
{
	if (report)
		strlcpy(report->name, name, sizeof(report->name));
}

static int refuse(struct departure *departure, const char *name, int error, const char *reason)
{
	name_in(departure->report, name);
	return report_reason(departure->report, error, "%s", reason);
}

/* Newest first, so that what depends on another goes before it. */
static void claim(struct departure *departure, struct loaded_module *module)
{
	struct loaded_module **link = &departure->first;

	while (*link && (*link)->serial > module->serial)
		link = &(*link)->next_leaving;
	module->next_leaving = *link;
	*link = module;
	module->leaving = departure;
}

static int claim_named(struct departure *departure, const char *given)
{
	char name[MODULE_NAME_SIZE];
	struct loaded_module *module;

	if (strlen(given) > MODULE_NAME_MAX)
		return refuse(departure, given, -EINVAL, "the name is too long");
	if (module_name_canonical(given, strlen(given), name))
		return refuse(departure, given, -ENOENT, "no such module");
	module = table_find(name);
	if (!module)
		return refuse(departure, name, -ENOENT, "is not loaded");
	if (module->load)
		return refuse(departure, name, -EBUSY, "is still loading; try again later");
	if (module->leaving && module->leaving != departure)
		return refuse(departure, name, -EBUSY, "is already unloading; try again later");
	if (!module->leaving)
		claim(departure, module);
	return 0;
}

/* Why it may not go whether it is held or not; NULL: nothing. */
static const char *permanence(const struct loaded_module *module)
{
	if (loaded_state(module) == MODULE_FAILED)
		return module->flags & LOADED_INIT_FAILED
			   ? "its init failed and yet it had to stay; it leaves only by force (-f)"
			   : "has failed; it leaves only by force (-f)";
	if (module->owner->flags & OWNER_UNSAFE)
		return "uses an unsafe interface; it leaves only by force (-f)";
	if (!module->tables.exit)
		return "has no exit function; it leaves only by force (-f)";
	return NULL;
}

/* Will this thread return into it, from a function of it that was called by hand? Along frame
 * pointers, which go up and stay on the stack. */
static bool returns_into(const struct owner *owner)
{
	const uint64_t *frame, *outer = __builtin_frame_address(0);

	do {
		frame = outer;
		if (owner_has(owner, OWNER_TEXT, frame[1] - 1))
			return true;
		outer = (const uint64_t *)frame[0];
	} while (outer > frame && (uint64_t)(outer + 2) <= thread_current()->stack_top);
	return false;
}

/* What a module needs that stays is refused with the name of that one, unless it may leave while
 * this departure waits. */
static bool would_return_into(const struct departure *departure, const struct loaded_module *module)
{
	if (!(departure->flags & MODULE_WAIT) && departure_is_needed(departure, module))
		return false;
	return returns_into(module->owner);
}

static int check(struct departure *departure, struct loaded_module *module)
{
	const char *reason = departure->flags & MODULE_FORCE ? NULL : permanence(module);

	departure->obstacle = module;
	if (owner_runs_in(module->owner, thread_current()) || would_return_into(departure, module))
		return report_reason(departure->report, -EBUSY,
				     "would unload itself: it runs in thread %s, which asks for it",
				     thread_current()->name);
	return reason ? report_reason(departure->report, -EPERM, "%s", reason) : 0;
}

/* Beside the first obstacle, which has been told: does @module stand in the way, and why? */
static const char *also_in_the_way(const struct departure *departure,
				   const struct loaded_module *module)
{
	const char *reason = departure->flags & MODULE_FORCE ? NULL : permanence(module);

	return reason || !module->obstructs ? reason : "in use";
}

/* Everything that stands in the way of any of them, beyond the first reason. */
static void tell_all(struct departure *departure)
{
	struct loaded_module *module, *first = departure->obstacle;
	struct module_report *report = departure->report;
	const char *reason;

	stop_machine(departure_ask_stopped, departure, NULL);
	owner_holders(first->owner, report);
	for (module = departure->first; module; module = module->next_leaving) {
		if (module == first || !(reason = also_in_the_way(departure, module)))
			continue;
		report_line(report, "%s: %s", module->name, reason);
		owner_holders(module->owner, report);
	}
	for (module = departure->first; module; module = module->next_leaving)
		if (module == first || also_in_the_way(departure, module))
			owner_report_registrations(module->owner, "has registered ", report);
}

/* What a failed module leaves is taken away by a thread of the kernel's, which is at that for a
 * moment after the failure; one that has to wait for others is told as what stands in the way. */
static void await_closing(const struct departure *departure)
{
	uint64_t deadline = time_now() + AWAIT_LIMIT;
	struct loaded_module *module;

	mutex_unlock(&module_mutex);
	for (module = departure->first; module; module = module->next_leaving)
		owner_await_failing(module->owner, deadline);
	mutex_lock(&module_mutex);
}

static int decide(struct departure *departure)
{
	struct loaded_module *module;
	int error = 0;

	if (departure->flags & MODULE_FORCE)
		await_closing(departure);
	for (module = departure->first; module && !error; module = module->next_leaving)
		error = check(departure, module);
	if (!error)
		error = departure_decide(departure);
	if (error && (departure->flags & MODULE_DRY_RUN))
		tell_all(departure);
	return error;
}

/* exit, and what it has forgotten. Without the mutex: this runs code of modules. What had failed
 * before only force takes here: its exit does not run. */
static int leave(struct departure *departure, struct loaded_module *module)
{
	bool failed = loaded_state(module) == MODULE_FAILED;
	char thread[32];
	int error;

	delay_here();
	error = departure_cut(departure, module);
	if (error)
		return error;
	if ((failed && !(departure->flags & MODULE_FORCE)) ||
	    (!failed && module_run(module, "exit", module->tables.exit) == -ENOTRECOVERABLE))
		return report_reason(
		    departure->report, -ENOTRECOVERABLE,
		    "has faulted on its way out; the module stays, failed; unload -f "
		    "removes it");
	delay_here();
	owner_close(module->owner);
	if (thread_count_of(module->owner->handle, thread, sizeof(thread)) == 0) {
		if (!owner_sweep(module->owner))
			return 0;
		return report_reason(departure->report, -ENOTRECOVERABLE,
				     "has written over what the kernel keeps of its things; the "
				     "module stays, failed, until reboot");
	}
	if (loaded_state(module) != MODULE_FAILED)
		owner_fail(module->owner, "its exit has left a thread running");
	return report_reason(departure->report, -EBUSY,
			     "thread %s still runs and is asked to stop; the module stays, failed; "
			     "unload -f removes it when that has ended",
			     thread);
}

static int still_inside(struct departure *departure)
{
	bool force = departure->flags & MODULE_FORCE;
	struct loaded_module *module = departure->first;

	for (; module; module = module->next_leaving) {
		module->flags |= force ? LOADED_FORCED : 0;
		if (loaded_state(module) != MODULE_FAILED)
			owner_fail(module->owner, force ? "it could not be forced out"
							: "a call was in it after its exit");
	}
	return report_reason(departure->report, -EBUSY,
			     "thread %s is in it, or may return into it; the module stays, failed; "
			     "try unload -f again when that has left",
			     departure->thread);
}

static void give_back(struct departure *departure, struct loaded_module *module)
{
	if (departure->flags & MODULE_FORCE) {
		printk(KERN_WARNING "%s: forced out\n", module->name);
		taint_forced(module->name);
	}
	loaded_release(module);
	WRITE_ONCE(module->leaving, NULL);
	loaded_module_put(module);
}

/* The second stop, and everything back. */
static int remove_all(struct departure *departure)
{
	struct loaded_module *module;

	if (!departure->first)
		return 0;
	delay_here();
	if (departure_unmap(departure))
		return still_inside(departure);
	while ((module = departure->first)) {
		departure->first = module->next_leaving;
		give_back(departure, module);
	}
	return 0;
}

static int back_to_live_stopped(void *first)
{
	departure_set_states(first, MODULE_LIVE);
	return 0;
}

/* Runs the exits and removes everything. Once one has failed on its way out, those whose exit has
 * run go, and those after it are live again. */
static int take_out(struct departure *departure)
{
	struct loaded_module **link = &departure->first;
	struct loaded_module *module, *stuck;
	int error = 0, left;

	mutex_unlock(&module_mutex);
	while (*link && !(error = leave(departure, *link)))
		link = &(*link)->next_leaving;
	mutex_lock(&module_mutex);
	stuck = *link;
	*link = NULL;
	for (module = stuck; module; module = module->next_leaving)
		WRITE_ONCE(module->leaving, NULL);
	if (stuck)
		stop_machine(back_to_live_stopped, stuck, NULL);
	left = remove_all(departure);
	if (left) {
		*link = stuck;
		return left;
	}
	departure->first = stuck;
	if (stuck)
		departure->obstacle = stuck;
	return error;
}

int unload(const char *const *names, unsigned count, unsigned flags, uint64_t deadline,
	   struct module_report *report)
{
	struct departure departure = {.flags = flags, .deadline = deadline, .report = report};
	struct loaded_module *module;
	int error = 0;

	for (unsigned i = 0; i < count && !error; i++)
		error = claim_named(&departure, names[i]);
	if (!error) {
		error = decide(&departure);
		if (!error && !(flags & MODULE_DRY_RUN))
			error = take_out(&departure);
		if (error)
			name_in(report, departure.obstacle->name);
	}
	for (module = departure.first; module; module = module->next_leaving)
		WRITE_ONCE(module->leaving, NULL);
	wait_queue_wake(&module_changed);
	return error;
}

int module_control_unload(const char *const *names, unsigned count, unsigned flags,
			  uint64_t deadline, struct module_report *report)
{
	int error;

	report_clear(report);
	report->name[0] = '\0';
	if (!may_sleep())
		return -EDEADLK;
	stack_demand(STACK_FOR_LOAD);
	touch_texts(names, count);
	mutex_lock(&module_mutex);
	error = refuse_locked(report);
	if (!error)
		error = unload(names, count, flags, deadline, report);
	mutex_unlock(&module_mutex);
	return error;
}
