/*
 * Stage `start`: parameters, then init, the only code of the module that a load runs. From here on
 * timers, threads and interrupts of the module may run; calls from outside fail until `publish`.
 */
#include <kernel/heap.h>

#include "stage_internal.h"

static int set_parameters(struct load *load)
{
	struct loaded_module *module = load->module;
	size_t size;
	int error = parameters_check(module->tables.params, module->tables.param_count, load->words,
				     load->word_count, &size, load->report);

	if (error || (load->flags & MODULE_DRY_RUN))
		return error;
	module->parameter_text = size > 0 ? heap_alloc(size) : NULL;
	if (size > 0 && !module->parameter_text)
		return load_no_memory(load);
	parameters_apply(module->tables.params, module->tables.param_count, load->words,
			 load->word_count, module->parameter_text);
	return 0;
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
	load_undo_start(load, "init has failed");
	return error;
}
