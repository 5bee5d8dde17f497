/*
 * Loading a module: a table of stages, each a short function that stores what it acquires in struct
 * load and frees nothing. Whatever fails, and wherever, load_end undoes what is set; so there is
 * one way back, and every stage can be made to fail on purpose. What can fail comes before what can
 * be seen: init is the only stage that runs code of the module, and only `publish` lets others in,
 * which refuses a module that a fault has made fail since. docs/loading.md tells it stage by stage.
 *
 * A load that needs another module first does not call itself: `depend` says what it needs, the
 * loop in run_loads loads that one and then asks `depend` again. However long a chain is, it takes
 * no stack.
 *
 * The stages, in the order in which they run, are in validate.c, reserve.c, depend.c, place.c,
 * link.c, protect.c, start.c and publish.c. The files of this folder form no circle (`make lint`
 * proves it from the objects). From the top, each line uses only lines below it:
 *
 *	boot.c describe.c	the boot set and module_load; lsmod
 *	load.c			the table of stages and the loop over it
 *	nested.c		loads inside loads
 *	undo.c			the beginning and the end of a load
 *	validate.c ... publish.c	the stages
 *	unload.c		the way out
 *	departure.c unstart.c	what is decided in a stop; a start is taken back
 *	run.c memory.c		init and exit; memory goes
 *	export.c waiting.c	names to link to; waiting for another load or unload
 *	source.c table.c symbol.c watch.c refusal.c taint.c
 */
#include <string.h>

#include <lib/touch.h>

#include <kernel/delay.h>
#include <kernel/stack.h>

#include <log/misuse.h>

#include "stage_internal.h"

const struct stage load_stages[LOAD_STAGES] = {
    [STAGE_VALIDATE] = {load_validate, true}, [STAGE_RESERVE] = {load_reserve, false},
    [STAGE_DEPEND] = {load_depend, true},     [STAGE_PLACE] = {load_place, true},
    [STAGE_LINK] = {load_link, true},	      [STAGE_PROTECT] = {load_protect, true},
    [STAGE_START] = {load_start, true},	      [STAGE_PUBLISH] = {load_publish, false},
};

const char *const load_stage_names[LOAD_STAGES] = {
    [STAGE_VALIDATE] = "validate", [STAGE_RESERVE] = "reserve", [STAGE_DEPEND] = "depend",
    [STAGE_PLACE] = "place",	   [STAGE_LINK] = "link",	[STAGE_PROTECT] = "protect",
    [STAGE_START] = "start",	   [STAGE_PUBLISH] = "publish",
};

/* Runs the stages that are left. */
static int run_stages(struct load *load)
{
	unsigned wanted = load->flags / MODULE_STAGES(1);
	unsigned end = load->flags & MODULE_DRY_RUN ? STAGE_PUBLISH : LOAD_STAGES;
	uint64_t begin, end_of_stage;
	int error = 0;

	if (wanted)
		end = wanted;
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
		delay_here();
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
				   load_stage_names[end - 1]);
	return error;
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
			error = nested_begin(&load);
		else if (load != top)
			error = nested_end(&load, top, error);
		else
			return error;
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
	if (!may_sleep())
		return report_reason(report, -EDEADLK, "a load sleeps, which is forbidden here");
	stack_demand(STACK_FOR_LOAD);
	touch_texts((const char *const *)argv, (unsigned)argc);
	touch_texts(&name_or_path, 1);
	if (source)
		touch(source->bytes, source->size);
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
		error = nested_enter(load);
	if (!error)
		error = run_loads(load);
	strlcpy(report->name, load->file.name, sizeof(report->name));
	undo = error || (flags & MODULE_DRY_RUN);
	brought = load->brought;
	load_end(load, error ? error : -ECANCELED);
	nested_drop_brought(brought, undo);
	mutex_unlock(&module_mutex);
	return error;
}
