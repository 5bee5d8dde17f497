/*
 * Loads inside loads. A load that needs another module, and a load whose init loads modules, is the
 * outer one of a chain; only the innermost load of a thread moves. What was loaded only for a load
 * that has come to nothing is unloaded again.
 */
#include <kernel/bus.h>
#include <kernel/preempt.h>

#include <sched/thread.h>
#include <bus/call.h>

#include "stage_internal.h"

#define INIT_DEPTH 5 /* init functions that load modules run on one stack, which must not end */

/* Each reason begins with the chain: it is told again where a deeper one was told meanwhile. */
static void say_needed(struct load *outer)
{
	struct module_report *report = outer->report;

	report->prefix = outer->inner->outer_prefix;
	if (outer->tried_for[0])
		report_prefix(report, "needs %s for symbol %pE: ", outer->tried, outer->tried_for);
	else
		report_prefix(report, "needs %s: ", outer->tried);
}

int nested_begin(struct load **load)
{
	struct load *outer = *load;
	struct load *inner = load_new(outer->tried, 0, outer->report);

	if (!inner)
		return -ENOMEM;
	inner->outer = outer;
	inner->outer_prefix = outer->report->prefix;
	outer->inner = inner;
	say_needed(outer);
	*load = inner;
	return 0;
}

int nested_end(struct load **load, struct load *top, int error)
{
	struct load *inner = *load, *outer = inner->outer;

	if (!error) {
		inner->module->references++;
		inner->module->next_brought = top->brought;
		top->brought = inner->module;
	}
	outer->report->prefix = inner->outer_prefix;
	load_end(inner, error);
	*load = outer;
	if (error == -EEXIST && table_find(outer->tried)) {
		outer->tried[0] = '\0'; /* another thread has loaded it meanwhile */
		error = 0;
	}
	if (!error && outer != top)
		say_needed(outer->outer);
	return error;
}

/* Is this thread in an init? Then the load that runs it. */
static struct load *load_around(void)
{
	const struct call *call = call_innermost(thread_current());

	for (; call; call = call_outer(call)) {
		struct loaded_module *module = call->owner->ledger->loader;

		if (module && module->load && module->load->thread == thread_current())
			return module->load;
	}
	return NULL;
}

int nested_enter(struct load *load)
{
	unsigned depth = 0;

	load->outer = load_around();
	if (load->outer)
		load->outer->inner = load;
	for (const struct load *outer = load->outer; outer; outer = outer->outer)
		depth += outer->stage == STAGE_START;
	if (depth < INIT_DEPTH)
		return 0;
	return load_refuse(load, -ELOOP, "init functions that load modules are nested too deep");
}

void nested_drop_brought(struct loaded_module *brought, bool undo)
{
	struct loaded_module *module;

	while ((module = brought)) {
		const char *name = module->name;

		brought = module->next_brought;
		if (undo && !module->asked_for && list_is_linked(&module->all))
			unload(&name, 1, 0, 0, NULL);
		loaded_module_put(module);
	}
}
