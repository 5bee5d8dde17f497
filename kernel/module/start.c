/*
 * Stage `start`: parameters, then init, the only code of the module that a load runs. From here on
 * timers, threads and interrupts of the module may run; calls from outside fail until `publish`.
 */
#include <lib/touch.h>

#include <kernel/heap.h>

#include "stage_internal.h"

/* Of a live module: all but texts, which would have to stay. */
static int set_parameters(struct loaded_module *module, const char *const *words, unsigned count,
			  bool dry, struct module_report *report)
{
	const struct module_tables *tables = &module->tables;
	size_t size;
	int error =
	    parameters_check(tables->params, tables->param_count, words, count, &size, report);

	if (error || dry)
		return error;
	if (size > 0 && loaded_state(module) == MODULE_LIVE)
		return -EPERM;
	if (size > 0)
		module->parameter_text = heap_alloc(size);
	if (size > 0 && !module->parameter_text)
		return report_reason(report, -ENOMEM, "no memory");
	parameters_apply(tables->params, tables->param_count, words, count, module->parameter_text);
	return 0;
}

int module_parameter_set(const char *name, const char *word)
{
	struct loaded_module *module;
	int error = -ENOENT;

	touch_texts(&name, 1);
	touch_texts(&word, 1);
	mutex_lock(&module_mutex);
	module = table_find(name);
	if (module && loaded_state(module) == MODULE_LIVE)
		error = set_parameters(module, &word, 1, false, NULL);
	mutex_unlock(&module_mutex);
	return error;
}

int load_start(struct load *load)
{
	bool dry = load->flags & MODULE_DRY_RUN;
	int error = set_parameters(load->module, load->words, load->word_count, dry, load->report);
	int result;

	if (error || dry)
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
	load_undo_start(load, "init has failed");
	return error;
}
