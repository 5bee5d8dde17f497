/*
 * Takes a start back, of a module whose init has failed or whose load has ended after it: what init
 * has left behind is swept away. Two things cannot be: an unsafe interface, by which the module may
 * be called at any time, and a thread of its own that still runs. Then it stays, failed.
 */
#include <kernel/printk.h>

#include <sched/thread.h>

#include "stage_internal.h"

void load_undo_start(struct load *load, const char *what)
{
	struct loaded_module *module = load->module;
	char thread[32], why[96], text[192];

	owner_close(module->owner);
	if (module->owner->flags & OWNER_UNSAFE) {
		snprintf(why, sizeof(why),
			 "it uses an unsafe interface and may be called at any time");
	} else if (thread_count_of(module->owner->handle, thread, sizeof(thread)) > 0) {
		snprintf(why, sizeof(why), "its thread %s still runs and is asked to stop", thread);
	} else {
		if (!owner_sweep(module->owner))
			return;
		snprintf(why, sizeof(why),
			 "it has written over what the kernel keeps of its things");
	}
	load->stays = true;
	module->flags |= LOADED_INIT_FAILED;
	snprintf(text, sizeof(text), "%s, but %s: it stays, and leaves only by force", what, why);
	owner_fail(module->owner, text);
	report_line(load->report, "it stays, failed, and leaves only by force: %s", why);
}
