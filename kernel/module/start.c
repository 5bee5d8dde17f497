/*
 * The stages that show: init runs, and others are let in. From `start` on the module's own timers,
 * threads and interrupts may run; calls from outside fail until `publish`, where the state becomes
 * live, the memory of init goes and every CPU forgets it, all in one stop of the machine.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/stop.h>

#include <bus/call.h>

#include "load_internal.h"

static int set_parameters(struct load *load)
{
	struct loaded_module *module = load->module;
	size_t size;

	if (parameters_check(module->params, module->param_count, load->words, load->word_count,
			     &size, &load->diag))
		return load_diagnosed(load);
	if (load->flags & MODULE_DRY_RUN)
		return 0;
	if (size > 0) {
		module->parameter_text = heap_alloc(size);
		if (!module->parameter_text)
			return load_no_memory(load);
	}
	parameters_apply(module->params, module->param_count, load->words, load->word_count,
			 module->parameter_text);
	return 0;
}

/* Runs init in a call record of its own; a fault in it comes back here. */
static long call_init(struct load *load)
{
	if (!load->tables.init)
		return 0;
	return (int)call_own(load->module->owner->module, "init", (const void *)load->tables.init,
			     NULL);
}

/* Why a module whose init has not succeeded cannot just be thrown away; false: it can. */
static bool must_stay(struct loaded_module *module, char *why, size_t size)
{
	char thread[32];

	if (module->flags & LOADED_UNSAFE) {
		snprintf(why, size, "it uses an unsafe interface and may be called at any time");
		return true;
	}
	if (owner_thread_count(module->owner, thread, sizeof(thread)) == 0)
		return false;
	snprintf(why, size, "its thread %s is still there", thread);
	return true;
}

/* Takes away what a module has that is not to go on; if it must stay, it stays failed. */
static void undo_start(struct load *load, const char *what)
{
	struct loaded_module *module = load->module;
	char why[96], text[192];

	if (!must_stay(module, why, sizeof(why))) {
		owner_sweep(module->owner);
		return;
	}
	load->stays = true;
	module->flags |= LOADED_INIT_FAILED;
	snprintf(text, sizeof(text), "%s, but %s: it stays, and leaves only by force", what, why);
	owner_fail(module->owner, text);
	report_line(load->report, "it stays, failed, and leaves only by force: %s", why);
}

static int init_failed(struct load *load, long result)
{
	int error;

	if (loaded_state(load->module) == MODULE_FAILED) {
		load->stays = true;
		return report_reason(load->report, -ENOTRECOVERABLE,
				     "init has faulted; the module stays, failed");
	}
	if (!errno_is_result((int)result))
		error = report_reason(load->report, -EINVAL,
				      "init returned %ld; it must return 0 or a negative errno",
				      result);
	else
		error = report_reason(load->report, (int)result, "init returned %s: %s",
				      errno_name((int)result), errno_text((int)result));
	undo_start(load, "init has failed");
	return error;
}

int load_start(struct load *load)
{
	long result;
	int error = set_parameters(load);

	if (error || (load->flags & MODULE_DRY_RUN))
		return error;
	result = call_init(load);
	if (result != 0 || loaded_state(load->module) == MODULE_FAILED)
		return init_failed(load, result);
	load->started = true;
	return 0;
}

void load_unstart(struct load *load)
{
	if (load->module->exit)
		call_own(load->module->owner->module, "exit", (const void *)load->module->exit,
			 NULL);
	undo_start(load, "the load has ended");
}

struct publication {
	struct loaded_module *module;
	struct tlb_batch batch;
};

static int make_live(void *argument)
{
	struct publication *publication = argument;
	struct loaded_module *module = publication->module;

	/* A callback of its own may have faulted since init came back. */
	if (loaded_state(module) != MODULE_LOADING)
		return -ENOTRECOVERABLE;
	owner_set_state(module->owner, MODULE_LIVE);
	if (!module->init.address)
		return 0;
	owner_set_range(module->owner, OWNER_INIT_TEXT, 0, 0);
	module_window_unmap(&module->init, &publication->batch);
	tlb_flush_stopped(&publication->batch);
	return 0;
}

int load_publish(struct load *load)
{
	struct loaded_module *module = load->module;
	struct publication publication = {.module = module};
	uint64_t nanoseconds;

	table_lock();
	table_renew_locked(module);
	table_unlock();
	module->costs = load->costs;
	if (stop_machine(make_live, &publication, &nanoseconds)) {
		load->stays = true;
		load->started = false;
		return report_reason(load->report, -ENOTRECOVERABLE,
				     "a callback has faulted before it was live; the module stays, "
				     "failed");
	}
	if (module->init.address)
		module_window_release(&module->init);
	module->init_symbols = (struct symtab){0};
	heap_free(module->init_symbol_text);
	module->init_symbol_text = NULL;
	module->costs.stage[STAGE_PUBLISH] = (uint32_t)nanoseconds;
	load->module = NULL;
	load_answer_all(module, 0, false);
	return 0;
}
