/*
 * Loading a module: a table of stages, each a short function that stores what it acquires in struct
 * load and frees nothing. Whatever fails, and wherever, end_load undoes what is set; so there is
 * one way back, and every stage can be made to fail on purpose. What can fail comes before what can
 * be seen: init is the only stage that runs code of the module, and only `publish`, which cannot
 * fail, lets others in. docs/loading.md tells it stage by stage.
 *
 * A load that needs another module first does not call itself: `depend` says whom it needs, the
 * loop in run_loads loads that one and then asks `depend` again. However long a chain is, it takes
 * no stack.
 */
#include <string.h>

#include <kernel/bus.h>
#include <kernel/heap.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <mm/percpu_window.h>
#include <sched/thread.h>

#include "load_internal.h"

#define INIT_DEPTH 5 /* init functions that load modules run on one stack, which must not end */

const struct stage load_stages[LOAD_STAGES] = {
    [STAGE_VALIDATE] = {"validate", load_validate, true},
    [STAGE_RESERVE] = {"reserve", load_reserve, false},
    [STAGE_DEPEND] = {"depend", load_depend, false},
    [STAGE_PLACE] = {"place", load_place, false},
    [STAGE_LINK] = {"link", load_link, false},
    [STAGE_PROTECT] = {"protect", load_protect, false},
    [STAGE_START] = {"start", load_start, true},
    [STAGE_PUBLISH] = {"publish", load_publish, false},
};

int load_diagnosed(struct load *load)
{
	char text[320];

	elf_diag_text(&load->diag, text, sizeof(text));
	return load_refuse(load, load->diag.err, "%s", text);
}

int load_no_memory(struct load *load)
{
	return load_refuse(load, -ENOMEM, "no memory");
}

void loaded_unmap(struct loaded_module *module)
{
	/* First nobody finds it by address any more. */
	for (unsigned kind = 0; kind < OWNER_RANGES; kind++)
		module->owner->ranges[kind] = (struct owner_range){0, 0};
	page_clear(module->core.address, module->core.pages);
	page_clear(module->init.address, module->init.pages);
}

void loaded_release(struct loaded_module *module)
{
	module_window_release(&module->core);
	module_window_release(&module->init);
	if (module->percpu_size)
		percpu_free(module->percpu_offset, module->percpu_size);
	exports_remove(module);
	heap_free(module->symbols.entries);
	heap_free(module->init_symbols.entries);
	heap_free(module->parameter_text);
	table_remove(module);
}

static struct load *load_new(const char *subject, unsigned flags, struct module_report *report)
{
	struct load *load = heap_alloc_zeroed(sizeof(*load));

	if (!load) {
		report_reason(report, -ENOMEM, "no memory");
		return NULL;
	}
	load->subject = subject;
	load->flags = flags;
	load->report = report;
	load->thread = thread_current();
	return load;
}

/* Undoes what is set, unless it is live or must stay, and lets those go on who wait for it. */
static void end_load(struct load *load, int error)
{
	struct loaded_module *module = load->module;
	bool live = load->stage == LOAD_STAGES;

	if (load->stage == STAGE_PUBLISH && !load->stays && !(load->flags & MODULE_DRY_RUN)) {
		mutex_unlock(&module_mutex);
		load_unstart(load);
		mutex_lock(&module_mutex);
	}
	if (module && module->owner && !live && !load->stays) {
		loaded_unmap(module);
		tlb_flush(module->core.address, module->core.pages);
		tlb_flush(module->init.address, module->init.pages);
		loaded_release(module);
		owner_destroy(module->owner);
	}
	if (module) {
		module->costs = load->costs;
		module->result = live ? 0 : error;
		WRITE_ONCE(module->load, NULL);
		wait_queue_wake(&module_changed);
	}
	if (module && !live && !load->stays)
		row_put(module);
	if (load->outer)
		load->outer->inner = NULL;
	heap_free(load->places);
	heap_free(load->values);
	heap_free(load->percpu_template);
	module_source_close(&load->source);
	heap_free(load);
}

/* Runs the stages that are left. */
static int run_stages(struct load *load)
{
	unsigned wanted = load->flags / MODULE_STAGES(1);
	unsigned end = wanted ? wanted : load->flags & MODULE_DRY_RUN ? STAGE_PUBLISH : LOAD_STAGES;
	uint64_t begin, end_of_stage;
	int error = 0;

	if (!load->source.bytes) {
		mutex_unlock(&module_mutex); /* reading runs the code of filesystems */
		error = module_source_open(load->subject, load->flags & MODULE_NO_DEPENDENCIES,
					   &load->source, load->report);
		mutex_lock(&module_mutex);
	}
	begin = time_now();
	while (!error && load->stage < end) {
		const struct stage *stage = &load_stages[load->stage];

		if (stage->outside)
			mutex_unlock(&module_mutex);
		error = stage->run(load); /* bare: a table of this file's */
		if (stage->outside)
			mutex_lock(&module_mutex);
		end_of_stage = time_now();
		load->costs.stage[stage - load_stages] += (uint32_t)(end_of_stage - begin);
		begin = end_of_stage;
		if (error == LOAD_AGAIN)
			error = 0;
		else if (!error)
			load->stage++;
	}
	if (!error && wanted)
		return load_refuse(load, -ECANCELED, "was to fail after stage %s",
				   load_stages[end - 1].name);
	return error;
}

/* The load of what *@load needs; it becomes *@load. */
static int begin_inner(struct load **load)
{
	struct load *outer = *load;
	struct load *inner = load_new(outer->tried, 0, outer->report);

	if (!inner)
		return -ENOMEM;
	inner->outer = outer;
	inner->outer_prefix = outer->report->prefix;
	outer->inner = inner;
	if (outer->tried_for[0])
		report_prefix(outer->report, "needs %s for symbol %s: ", outer->tried,
			      outer->tried_for);
	else
		report_prefix(outer->report, "needs %s: ", outer->tried);
	*load = inner;
	return 0;
}

/* *@load is over, and the one that needs it becomes *@load: 0, and it can go on, or its error. */
static int end_inner(struct load **load, struct load *top, int error)
{
	struct load *inner = *load, *outer = inner->outer;

	if (!error) {
		inner->module->references++;
		inner->module->next_brought = top->brought;
		top->brought = inner->module;
	}
	outer->report->prefix = inner->outer_prefix;
	end_load(inner, error);
	*load = outer;
	if (error != -EEXIST || !table_find(outer->tried))
		return error;
	outer->tried[0] = '\0'; /* somebody else was faster, which is just as well */
	return 0;
}

/* Loads @top and, before it, what it needs. */
static int run_loads(struct load *top)
{
	struct load *load = top;
	int error = 0;

	for (;;) {
		if (!error)
			error = run_stages(load);
		if (error == LOAD_NEEDS)
			error = begin_inner(&load);
		else if (load != top)
			error = end_inner(&load, top, error);
		else
			return error;
	}
}

/* Is this thread in an init? Then the load that runs it. */
static struct load *load_around(void)
{
	const struct call *call = thread_current()->calls;

	for (; call; call = call->outer) {
		struct loaded_module *module = call->owner->owner->loader;

		if (module && module->load && module->load->thread == thread_current())
			return module->load;
	}
	return NULL;
}

/* Makes @load part of what this thread is at already. */
static int enter(struct load *load)
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

/* Takes back what was loaded only for a load that has come to nothing, the newest first. */
static void drop_brought(struct loaded_module *brought, bool undo)
{
	struct loaded_module *module;

	while ((module = brought)) {
		const char *name = module->name;

		brought = module->next_brought;
		if (undo && list_is_linked(&module->all))
			unload(&name, 1, 0, 0, NULL);
		row_put(module);
	}
}

int module_control_load(const char *name_or_path, const struct module_source *source, int argc,
			char **argv, unsigned flags, struct module_report *report)
{
	struct loaded_module *brought;
	struct load *load;
	bool undo;
	int error;

	report_clear(report);
	load = load_new(name_or_path, flags, report);
	if (!load)
		return -ENOMEM;
	if (source)
		load->source = *source;
	load->words = (const char *const *)argv;
	load->word_count = (unsigned)argc;
	mutex_lock(&module_mutex);
	error = refuse_locked(report);
	if (!error)
		error = enter(load);
	if (!error)
		error = run_loads(load);
	strlcpy(report->name, load->file.name, sizeof(report->name));
	undo = error || (flags & MODULE_DRY_RUN);
	brought = load->brought;
	end_load(load, error ? error : -ECANCELED);
	drop_brought(brought, undo);
	mutex_unlock(&module_mutex);
	return error;
}
EXPORT_SYMBOL(module_control_load);
