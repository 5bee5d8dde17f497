/*
 * What the bus tells the folders below it at boot: which timers and work an owner may arm, and how
 * an owner's work and threads are called. They are the owner's own business and take no reference;
 * they are refused once the owner's sweep has begun, so that the sweep ends.
 */
#include <bus/bus.h>

#include <kernel/module.h>

#include <sched/thread.h>
#include <time/deferred.h>
#include <bus/blame.h>
#include <bus/call.h>

#include "bus_internal.h"

/* With the lock of a queue held, in any context but nmi. */
static int admit(const struct module *module, const void *function)
{
	const struct owner *owner;

	if (!module || module == THIS_MODULE)
		return 0;
	owner = owner_of(module);
	/* Who has faulted is not called again and again: the worker that ends it needs its time. */
	if (READ_ONCE(module->closed) || READ_ONCE(owner->faulted))
		return -ESHUTDOWN;
	return owner_may_call_back(owner, function) ? 0 : -EINVAL;
}

void bus_init(void)
{
	deferred_set_admission(admit);
	blame_init();
	thread_set_caller(call_own);
}
