/*
 * Loading a module: a table of stages, each a short function that stores what it acquires in struct
 * load and frees nothing. Whatever fails, and wherever, load_abort undoes what is set; so there is
 * one way back, and every stage can be made to fail on purpose. What can fail comes before what can
 * be seen: init is the only stage that runs code of the module, and only `publish`, which cannot
 * fail, lets others in. docs/loading.md tells it stage by stage.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <mm/percpu_window.h>

#include "load_internal.h"

static const struct {
	const char *name;
	int (*run)(struct load *load);
} stages[LOAD_STAGES] = {
    [STAGE_VALIDATE] = {"validate", load_validate},
    [STAGE_RESERVE] = {"reserve", load_reserve},
    [STAGE_DEPEND] = {"depend", load_depend},
    [STAGE_PLACE] = {"place", load_place},
    [STAGE_LINK] = {"link", load_link},
    [STAGE_PROTECT] = {"protect", load_protect},
    [STAGE_START] = {"start", load_start},
    [STAGE_PUBLISH] = {"publish", load_publish},
};

/* For tests: whose loads end after which stage. */
static struct thread *fail_thread; /* [A] */
static unsigned fail_stage;	   /* [A] */

const char *load_stage_name(unsigned stage)
{
	return stages[stage].name;
}

int module_control_fail_after(const char *stage)
{
	if (!stage) {
		WRITE_ONCE(fail_thread, NULL);
		return 0;
	}
	if (READ_ONCE(fail_thread) && fail_thread != thread_current())
		return -EBUSY;
	for (unsigned i = 0; i < LOAD_STAGES; i++) {
		if (strcmp(stages[i].name, stage) != 0)
			continue;
		fail_stage = i;
		WRITE_ONCE(fail_thread, thread_current());
		return 0;
	}
	return -EINVAL;
}
EXPORT_SYMBOL(module_control_fail_after);

int load_diagnosed(struct load *load)
{
	char text[320];

	elf_diag_text(&load->diag, text, sizeof(text));
	return report_reason(load->report, load->diag.err, "%s", text);
}

int load_no_memory(struct load *load)
{
	return report_reason(load->report, -ENOMEM, "no memory");
}

void loaded_unmap(struct loaded_module *module, struct tlb_batch *batch)
{
	/* First nobody finds it by address any more. */
	if (module->owner)
		for (unsigned kind = 0; kind < OWNER_RANGES; kind++)
			owner_set_range(module->owner, kind, 0, 0);
	if (module->core.address)
		module_window_unmap(&module->core, batch);
	if (module->init.address)
		module_window_unmap(&module->init, batch);
}

void loaded_release(struct loaded_module *module)
{
	if (module->core.address)
		module_window_release(&module->core);
	if (module->init.address)
		module_window_release(&module->init);
	if (module->percpu_size)
		percpu_free(module->percpu_offset, module->percpu_size);
	export_set_remove(module->exports);
	heap_free(module->symbol_text);
	heap_free(module->init_symbol_text);
	heap_free(module->parameter_text);
}

/* What a load needs only while it is under way. */
static void free_scratch(struct load *load)
{
	heap_free(load->places);
	heap_free(load->values);
	heap_free(load->percpu_template);
	load->places = NULL;
	load->values = NULL;
	load->percpu_template = NULL;
	source_close(&load->source);
}

static void load_abort(struct load *load, int error)
{
	struct loaded_module *module = load->module;
	struct tlb_batch batch = TLB_BATCH_INIT;
	bool in_table;

	free_scratch(load);
	if (!module)
		return;
	in_table = module->load == load;
	if (load->started)
		load_unstart(load);
	if (load->stays) {
		module->costs = load->costs;
		load_answer_all(module, error, false);
		return;
	}
	mutex_lock(&memory_mutex);
	loaded_unmap(module, &batch);
	if (module->core.address || module->init.address)
		tlb_flush(&batch);
	loaded_release(module);
	if (in_table)
		load_answer_all(module, error, true);
	mutex_unlock(&memory_mutex);
	if (module->owner)
		owner_destroy(module->owner);
	heap_free(module);
	load->module = NULL;
}

/* Runs the stages that are left; LOAD_NEEDS: another load comes first. */
static int run_stages(struct load *load)
{
	for (; load->stage < LOAD_STAGES; load->stage++) {
		uint64_t start = time_now();
		int error;

		if (load->stage == STAGE_PUBLISH && (load->flags & MODULE_DRY_RUN))
			return 0;
		error = stages[load->stage].run(load); /* bare: a table of this file's */
		load->costs.stage[load->stage] += (uint32_t)(time_now() - start);
		if (error)
			return error;
		if (READ_ONCE(fail_thread) == thread_current() && fail_stage == load->stage &&
		    load->stage != STAGE_PUBLISH)
			return report_reason(load->report, -ECANCELED, "was to fail after stage %s",
					     stages[fail_stage].name);
	}
	return 0;
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
	list_init(&load->active);
	return load;
}

/* Forgets what a load has brought along, or takes it back, the newest first. */
static void drop_brought(struct load *load, bool undo)
{
	struct load *brought;

	while ((brought = load->brought)) {
		load->brought = brought->next_brought;
		if (undo)
			unload_quietly(brought->file.name);
		heap_free(brought);
	}
}

/* The load of what @load needs has succeeded: it, and all it has brought itself, belong to @load.
 */
static void adopt(struct load *load, struct load *inner)
{
	struct load **end = &inner->brought;

	while (*end)
		end = &(*end)->next_brought;
	*end = load->brought;
	inner->next_brought = inner->brought;
	inner->brought = NULL;
	load->brought = inner;
}

/* Ends one load; 0, or its error with everything undone. */
static int finish(struct load *load, int error)
{
	load_leave(load);
	if (error || (load->flags & MODULE_DRY_RUN)) {
		load_abort(load, error ? error : -ECANCELED);
		drop_brought(load, true);
	} else {
		free_scratch(load);
	}
	return error;
}

static void tell_needed(struct load *load)
{
	char symbol[FOREIGN_SIZE];

	if (load->needed_by_symbol[0])
		report_prefix(load->report, "needs %s for symbol %s: ", load->tried,
			      foreign(load->needed_by_symbol, symbol));
	else
		report_prefix(load->report, "needs %s: ", load->tried);
}

static int begin_needed(struct load *load, struct load **inner)
{
	int error;

	strlcpy(load->tried, load->needs, sizeof(load->tried));
	*inner = load_new(load->tried, 0, load->report);
	if (!*inner)
		return -ENOMEM;
	load_enter(*inner);
	error = source_open((*inner)->subject, false, &(*inner)->source, load->report);
	if (!error)
		return 0;
	finish(*inner, error);
	heap_free(*inner);
	tell_needed(load);
	return error;
}

static bool is_there(const char *name)
{
	bool there;

	table_lock();
	there = table_find_locked(name) != NULL;
	table_unlock();
	return there;
}

/* Ends a load that @inner->outer needs. 0: that one can go on. */
static int return_to_outer(struct load *inner, int error)
{
	struct load *outer = inner->outer;

	error = finish(inner, error);
	if (!error) {
		adopt(outer, inner);
		return 0;
	}
	heap_free(inner);
	if (error == -EEXIST && is_there(outer->tried))
		return 0; /* somebody else was faster, which is just as well */
	tell_needed(outer);
	return error;
}

/* Loads @top and, on the way, what it needs. However long the chain is, there is no recursion. */
static int run_loads(struct load *top)
{
	struct load *load = top;
	int error;

	for (;;) {
		error = run_stages(load);
		if (error == LOAD_NEEDS) {
			struct load *inner = NULL;

			error = begin_needed(load, &inner);
			if (!error) {
				load = inner;
				continue;
			}
		}
		if (load == top)
			return finish(top, error);
		do {
			struct load *outer = load->outer;

			error = return_to_outer(load, error);
			load = outer;
		} while (error && load != top);
		if (error)
			return finish(top, error);
	}
}

/* Loads that init functions ask for run on one stack, which must not end. */
static int check_depth(const struct load *load)
{
	unsigned depth = 0;

	for (const struct load *outer = load->outer; outer; outer = outer->outer)
		depth += outer->stage == STAGE_START;
	if (depth > 4)
		return report_reason(load->report, -ELOOP,
				     "init functions that load modules are nested too deep");
	return 0;
}

static int load_top(struct load *load)
{
	int error;

	load_enter(load);
	error = check_depth(load);
	if (!error && !load->source.bytes)
		error = source_open(load->subject, load->flags & MODULE_NO_DEPENDENCIES,
				    &load->source, load->report);
	error = error ? finish(load, error) : run_loads(load);
	if (!error && load->report)
		strlcpy(load->report->name, load->file.name, sizeof(load->report->name));
	drop_brought(load, false);
	heap_free(load);
	return error;
}

int refuse_locked(struct module_report *report)
{
	return report_reason(report, -EPERM, "loading and unloading are locked until reboot");
}

int module_control_load(const char *name_or_path, int argc, char **argv, unsigned flags,
			struct module_report *report)
{
	struct load *load;

	report_clear(report);
	if (modules_are_locked())
		return refuse_locked(report);
	load = load_new(name_or_path, flags, report);
	if (!load)
		return -ENOMEM;
	load->words = (const char *const *)argv;
	load->word_count = (unsigned)argc;
	return load_top(load);
}
EXPORT_SYMBOL(module_control_load);

int module_control_load_bytes(const void *bytes, size_t size, unsigned flags,
			      struct module_report *report)
{
	struct load *load;

	report_clear(report);
	if (modules_are_locked())
		return refuse_locked(report);
	load = load_new("(memory)", flags, report);
	if (!load)
		return -ENOMEM;
	load->source.bytes = bytes;
	load->source.size = size;
	return load_top(load);
}
EXPORT_SYMBOL(module_control_load_bytes);

int load_boot_file(const char *name, struct module_report *report)
{
	struct load *load = load_new(name, 0, report);

	report_clear(report);
	if (!load)
		return -ENOMEM;
	load->source.bytes = boot_file(name, &load->source.size);
	return load_top(load);
}
