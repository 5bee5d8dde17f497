/*
 * Refusals that several stages give, and the one that all give once loading is locked.
 */
#include "stage_internal.h"

static bool locked; /* [A] only ever set */

int load_no_memory(struct load *load)
{
	return load_refuse(load, -ENOMEM, "no memory");
}

void module_control_lock(void)
{
	WRITE_ONCE(locked, true);
}

int refuse_locked(struct module_report *report)
{
	if (!READ_ONCE(locked))
		return 0;
	return report_reason(report, -EPERM, "loading and unloading are locked until reboot");
}
