/*
 * The beginning and the end of a load. load_end is the one way back: it releases whatever the
 * stages have stored in struct load, however far the load has come.
 */
#include <kernel/heap.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>

#include "stage_internal.h"

struct load *load_new(const char *subject, unsigned flags, struct module_report *report)
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

void load_end(struct load *load, int error)
{
	struct loaded_module *module = load->module;
	bool live = load->stage == LOAD_STAGES, goes;

	if (load->stage == STAGE_PUBLISH && !load->stays && !(load->flags & MODULE_DRY_RUN)) {
		mutex_unlock(&module_mutex);
		module_run(module, "exit", module->tables.exit);
		load_undo_start(load, "the load has ended");
		mutex_lock(&module_mutex);
	}
	goes = module && !live && !load->stays;
	if (goes && module->owner) {
		if (load->stage >= STAGE_PROTECT) /* else it is not mapped, and has no ranges */
			stop_machine(loaded_unmap_stopped, module, NULL);
		loaded_release(module);
	}
	if (module) {
		module->costs = load->costs;
		module->result = live ? 0 : error;
		WRITE_ONCE(module->load, NULL);
		wait_queue_wake(&module_changed);
	}
	if (goes)
		loaded_module_put(module);
	if (load->outer)
		load->outer->inner = NULL;
	heap_free(load->places);
	heap_free(load->imports);
	heap_free(load->values);
	heap_free(load->percpu_template);
	module_source_close(&load->source);
	heap_free(load);
}
