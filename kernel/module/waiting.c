/*
 * Waiting until another thread's load or unload has ended. A load says in ->awaited what it waits
 * for before it gives the mutex up. Only the innermost load of a thread waits, so the chain of
 * loads that wait for each other can be followed, under the mutex, from a module to the load that
 * makes it, in to the innermost load of that thread, and on to what that one awaits. The load that
 * would close a circle sees it and is refused.
 */
#include <kernel/bus.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

#include <sched/thread.h>
#include <bus/call.h>

#include "stage_internal.h"

DEFINE_WAIT_QUEUE(module_changed);

static bool boot_set_loading = true; /* [A] until the last file of the boot set is through */

/* The next in the chain of loads that wait for each other; NULL: @load does not wait. */
static const struct load *next_waiting(const struct load *load)
{
	if (load->inner)
		return load->inner;
	return load->awaited ? load->awaited->load : NULL;
}

const struct load *waits_for_this_thread(const struct loaded_module *module)
{
	const struct load *load = module->load;

	while (load && load->thread != thread_current())
		load = next_waiting(load);
	return load;
}

int refuse_circle(struct load *load, const struct load *start)
{
	uint32_t prefix = load->report->prefix;
	const struct load *step = start;

	do {
		report_prefix(load->report, "%s needs ", step->file.name);
		step = next_waiting(step);
	} while (step != start);
	load_refuse(load, -ELOOP, "%s", start->file.name);
	load->report->prefix = prefix;
	return -ELOOP;
}

int wait_until_settled(struct load *load, struct loaded_module *module, uint64_t deadline)
{
	bool settled;
	int result;

	module->references++;
	mutex_unlock(&module_mutex);
	settled = wait_event_until(
	    &module_changed, !READ_ONCE(module->load) && !READ_ONCE(module->leaving), deadline);
	mutex_lock(&module_mutex);
	load->awaited = NULL;
	result = settled ? module->result : 1;
	loaded_module_put(module);
	return result;
}

void boot_set_loaded(void)
{
	WRITE_ONCE(boot_set_loading, false);
	wait_queue_wake(&module_changed);
}

/* Is this thread in the module's init or exit? */
static bool is_in_own_run(const struct module *module)
{
	const struct loaded_module *loaded = module->ledger->loader;

	for (const struct call *call = call_innermost(thread_current()); call;
	     call = call_outer(call))
		if (call->own && call->owner == module &&
		    ((uint64_t)call->function == loaded->tables.init ||
		     (uint64_t)call->function == loaded->tables.exit))
			return true;
	return false;
}

int module_wait_live(struct module *module)
{
	if (is_in_own_run(module)) {
		printk(KERN_ERR "%s: waits in init or exit to be live, and would wait for ever: do "
				"it in a work item\n",
		       module_name(module));
		return -EDEADLK;
	}
	wait_event(&module_changed,
		   (READ_ONCE(module->state) != MODULE_LOADING && !READ_ONCE(boot_set_loading)) ||
		       thread_should_stop());
	if (thread_should_stop())
		return -EINTR;
	return READ_ONCE(module->state) == MODULE_LIVE ? 0 : -ENODEV;
}
