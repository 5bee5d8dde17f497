/*
 * Timers, work and threads as the bus sees them: what an owner may arm, and how its work and
 * threads are called. They are the owner's own business and take no reference; they are refused
 * once the owner's sweep has begun, so that the sweep ends.
 */
#include <kernel/bus.h>
#include <kernel/module.h>

#include <bus/call.h>
#include <sched/thread.h>
#include <time/deferred.h>

#include "bus_internal.h"

/* With the lock of a queue held, in any context but nmi. */
static int admit(const struct module *module, const void *function)
{
	const struct owner *owner;

	if (!module || module == THIS_MODULE)
		return 0;
	owner = owner_of(module);
	if (READ_ONCE(owner->flags) & OWNER_SWEEPING)
		return -ESHUTDOWN;
	return owner_may_call_back(owner, function) ? 0 : -EINVAL;
}

/* A thread's function or a work's; @argument may be gone when it returns. */
static int call_owned(struct module *owner, const char *kind, const void *function, void *argument)
{
	struct call call;
	int result;

	call_enter(&call, owner, kind);
	result = (int)call_through(&call, function, (uint64_t)argument, 0, 0, 0, 0);
	call_leave(&call);
	return result;
}

void bus_schedule_init(void)
{
	deferred_set_admission(admit);
	thread_set_caller(call_owned);
}
