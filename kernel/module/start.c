/*
 * The stages that show: init runs, and others are let in. From `start` on the module's own timers,
 * threads and interrupts may run; calls from outside fail until `publish`, where the state becomes
 * live, the memory of init goes and every CPU forgets it, all in one stop of the machine.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/stop.h>
#include <kernel/thread.h>

#include <bus/call.h>

#include "load_internal.h"

long module_run(struct loaded_module *module, const char *operation, uint64_t function)
{
	int result;

	if (!function)
		return 0;
	result = call_own(module->owner->module, operation, (const void *)function, NULL);
	return loaded_state(module) == MODULE_FAILED ? -ENOTRECOVERABLE : result;
}

static int set_parameters(struct load *load)
{
	struct loaded_module *module = load->module;
	size_t size;

	if (parameters_check(module->tables.params, module->tables.param_count, load->words,
			     load->word_count, &size, &load->diag))
		return load_diagnosed(load);
	if (load->flags & MODULE_DRY_RUN)
		return 0;
	module->parameter_text = size > 0 ? heap_alloc(size) : NULL;
	if (size > 0 && !module->parameter_text)
		return load_no_memory(load);
	parameters_apply(module->tables.params, module->tables.param_count, load->words,
			 load->word_count, module->parameter_text);
	return 0;
}

/*
 * Takes away what a module has that is not to go on. Two things cannot be: an unsafe interface, by
 * which it may be called at any time, and a thread that is still there. Then it stays, failed.
 */
static void undo_start(struct load *load, const char *what)
{
	struct loaded_module *module = load->module;
	char thread[32], why[96], text[192];

	if (module->owner->flags & OWNER_UNSAFE) {
		snprintf(why, sizeof(why),
			 "it uses an unsafe interface and may be called at any time");
	} else if (owner_thread_count(module->owner, thread, sizeof(thread)) > 0) {
		snprintf(why, sizeof(why), "its thread %s is still there", thread);
	} else {
		owner_sweep(module->owner);
		return;
	}
	load->stays = true;
	module->flags |= LOADED_INIT_FAILED;
	snprintf(text, sizeof(text), "%s, but %s: it stays, and leaves only by force", what, why);
	owner_fail(module->owner, text);
	report_line(load->report, "it stays, failed, and leaves only by force: %s", why);
}

int load_start(struct load *load)
{
	int error = set_parameters(load);
	int result;

	if (error || (load->flags & MODULE_DRY_RUN))
		return error;
	result = (int)module_run(load->module, "init", load->module->tables.init);
	if (loaded_state(load->module) == MODULE_FAILED) {
		load->stays = true;
		return load_refuse(load, result, "init has faulted; the module stays, failed");
	}
	if (result == 0)
		return 0;
	if (errno_is_result(result))
		error = load_refuse(load, result, "init returned %s: %s", errno_name(result),
				    errno_text(result));
	else
		error =
		    load_refuse(load, -EINVAL,
				"init returned %d; it must return 0 or a negative errno", result);
	undo_start(load, "init has failed");
	return error;
}

void load_unstart(struct load *load)
{
	module_run(load->module, "exit", load->module->tables.exit);
	undo_start(load, "the load has ended");
}

static int make_live(void *argument)
{
	struct loaded_module *module = argument;

	/* A callback of its own may have faulted since init came back. */
	if (loaded_state(module) != MODULE_LOADING)
		return -ENOTRECOVERABLE;
	owner_set_state(module->owner, MODULE_LIVE);
	if (!module->init.address)
		return 0;
	module->owner->ranges[OWNER_INIT_TEXT] = (struct owner_range){0, 0};
	page_clear(module->init.address, module->init.pages);
	tlb_flush_stopped(module->init.address, module->init.pages);
	return 0;
}

int load_publish(struct load *load)
{
	struct loaded_module *module = load->module;

	if (stop_machine(make_live, module, NULL)) {
		load->stays = true;
		return load_refuse(load, -ENOTRECOVERABLE,
				   "a callback has faulted before it was live; the module stays, "
				   "failed");
	}
	table_renew(module);
	module_window_release(&module->init);
	return 0;
}

int module_wait_live(struct module *module)
{
	wait_event(&module_changed,
		   (READ_ONCE(module->state) != MODULE_LOADING && !READ_ONCE(boot_set_loading)) ||
		       thread_should_stop());
	if (thread_should_stop())
		return -EINTR;
	return READ_ONCE(module->state) == MODULE_LIVE ? 0 : -ENODEV;
}
EXPORT_SYMBOL(module_wait_live);
