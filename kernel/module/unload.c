/*
 * Unloading as it is asked for: by names, all of them or none. Here is decided what can be refused
 * without stopping the machine (names, states, permanence, a module that would unload itself); each
 * row is claimed first, so that of two who unload the same module one is refused. What follows is
 * departure.c's.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/preempt.h>

#include <sched/thread.h>

#include "module_internal.h"

static int refuse(struct departure *departure, const char *name, int error, const char *reason)
{
	if (departure->report)
		strlcpy(departure->report->name, name, sizeof(departure->report->name));
	return report_reason(departure->report, error, "%s", reason);
}

/* Newest first, so that whoever depends on another goes before it. */
static void insert_locked(struct departure *departure, struct loaded_module *module)
{
	struct loaded_module **link = &departure->first;

	while (*link && (*link)->serial > module->serial)
		link = &(*link)->next_leaving;
	module->next_leaving = *link;
	*link = module;
	module->leaving = departure;
}

/* NULL, and the module is claimed; or why it cannot be. */
static const char *claim_locked(struct departure *departure, struct loaded_module *module)
{
	enum module_state state = loaded_state(module);

	if (module->leaving == departure)
		return NULL; /* named twice */
	if (module->load || state == MODULE_LOADING)
		return "is still loading";
	if (module->leaving || state == MODULE_UNLOADING)
		return "is already unloading";
	insert_locked(departure, module);
	return NULL;
}

static int claim(struct departure *departure, const char *given)
{
	char name[MODULE_NAME_SIZE];
	struct loaded_module *module;
	const char *obstacle = NULL;

	if (strlen(given) > MODULE_NAME_MAX)
		return refuse(departure, given, -EINVAL, "the name is too long");
	if (module_name_canonical(given, strlen(given), name))
		return refuse(departure, given, -ENOENT, "no such module");
	table_lock();
	module = table_find_locked(name);
	if (module)
		obstacle = claim_locked(departure, module);
	table_unlock();
	if (!module)
		return refuse(departure, name, -ENOENT, "is not loaded");
	return obstacle ? refuse(departure, name, -EBUSY, obstacle) : 0;
}

static void unclaim_all(struct departure *departure)
{
	struct loaded_module *module, *next;

	table_lock();
	for (module = departure->first; module; module = next) {
		next = module->next_leaving;
		module->next_leaving = NULL;
		module->leaving = NULL;
		module->flags &= ~LOADED_FOLLOWS;
	}
	table_unlock();
	wait_queue_wake(&module_changed);
}

/* Why it may not go whoever holds it or not; NULL: nothing. */
static const char *permanence(const struct loaded_module *module)
{
	if (loaded_state(module) == MODULE_FAILED)
		return module->flags & LOADED_INIT_FAILED
			   ? "its init failed and yet it had to stay; it leaves only by force (-f)"
			   : "has failed; it leaves only by force (-f)";
	if (module->flags & LOADED_UNSAFE)
		return "uses an unsafe interface; it leaves only by force (-f)";
	if (!module->exit)
		return "has no exit function; it leaves only by force (-f)";
	return NULL;
}

static bool unloads_itself(const struct loaded_module *module)
{
	return owner_calls_current(module->owner) ||
	       thread_current()->owner == module->owner->module;
}

static void follow_locked(struct departure *departure, struct loaded_module *module)
{
	if (!module || module->leaving || permanence(module) || unloads_itself(module) ||
	    claim_locked(departure, module))
		return;
	module->flags |= LOADED_FOLLOWS;
}

/* What they need may go with them; the stop decides whether nobody else needs it. A dependency is
 * older, so it comes later in the list, and its own are found in the same pass. */
static void claim_dependencies(struct departure *departure)
{
	struct loaded_module *module;
	struct dependency *dependency;
	uint64_t flags;

	table_lock();
	flags = spin_lock_irqsave(&owner_lock);
	for (module = departure->first; module; module = module->next_leaving)
		list_for_each(dependency, &module->owner->dependencies, needed)
			follow_locked(departure, dependency->on->loader);
	spin_unlock_irqrestore(&owner_lock, flags);
	table_unlock();
}

static int check(struct departure *departure, struct loaded_module *module)
{
	const char *reason = departure->flags & MODULE_FORCE ? NULL : permanence(module);

	departure->obstacle = module;
	if (unloads_itself(module))
		return report_reason(departure->report, -EBUSY,
				     "would unload itself: it runs in thread %s, which asks for it",
				     thread_current()->name);
	return reason ? report_reason(departure->report, -EPERM, "%s", reason) : 0;
}

/* For -n: everything that stands in the way of @module, beyond the first reason. */
static void tell_all(struct departure *departure, struct loaded_module *module)
{
	struct holder_report *holders = departure->holders;
	uint64_t after = 0;
	char line[160];

	if (!holders || !departure->report)
		return;
	owner_holders(module->owner, true, holders);
	departure->report->used = (uint32_t)strlen(departure->report->text) + 1;
	departure->report->lines = 1;
	report_holders(departure->report, holders);
	while (owner_describe_registration(module->owner, &after, line, sizeof(line)))
		report_line(departure->report, "has registered %s", line);
}

static int decide(struct departure *departure)
{
	struct loaded_module *module;
	int error = 0;

	for (module = departure->first; module && !error; module = module->next_leaving)
		error = check(departure, module);
	if (!error)
		error = departure_decide(departure);
	if (error && (departure->flags & MODULE_DRY_RUN))
		tell_all(departure, departure->obstacle);
	return error;
}

/* Force is for those that are named. */
static bool takes_dependencies(const struct departure *departure)
{
	return (departure->flags & (MODULE_WITH_DEPENDENCIES | MODULE_FORCE)) ==
	       MODULE_WITH_DEPENDENCIES;
}

static int unload(struct departure *departure, const char *const *names, unsigned count)
{
	int error = 0;

	for (unsigned i = 0; i < count && !error; i++)
		error = claim(departure, names[i]);
	if (!error && takes_dependencies(departure))
		claim_dependencies(departure);
	if (!error) {
		error = decide(departure);
		if (!error && !(departure->flags & MODULE_DRY_RUN))
			error = departure_complete(departure);
		if (error && departure->report && departure->obstacle)
			strlcpy(departure->report->name, departure->obstacle->name,
				sizeof(departure->report->name));
	}
	unclaim_all(departure);
	return error;
}

int module_control_unload(const char *const *names, unsigned count, unsigned flags,
			  uint64_t deadline, struct module_report *report)
{
	struct departure departure = {
	    .flags = flags, .deadline = deadline, .report = report, .batch = TLB_BATCH_INIT};
	int error;

	report_clear(report);
	if (report)
		report->name[0] = '\0';
	if (modules_are_locked())
		return refuse_locked(report);
	departure.holders = heap_alloc(sizeof(*departure.holders));
	error = unload(&departure, names, count);
	heap_free(departure.holders);
	return error;
}
EXPORT_SYMBOL(module_control_unload);

void unload_quietly(const char *name)
{
	struct departure departure = {.batch = TLB_BATCH_INIT};

	unload(&departure, &name, 1);
}
