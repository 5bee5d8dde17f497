/*
 * Runs init and exit of a module, each in a call record of its own, so that a fault in one of them
 * ends the call and comes back here.
 */
#include <sched/thread.h>

#include "module_internal.h"

long module_run(struct loaded_module *module, const char *operation, uint64_t function)
{
	int result;

	if (!function)
		return 0;
	result =
	    call_without_reference(module->owner->handle, operation, (const void *)function, NULL);
	return loaded_state(module) == MODULE_FAILED ? -ENOTRECOVERABLE : result;
}
