/*
 * What the folders below ask the bus: which timers and work an owner may arm. They are the owner's
 * own business and take no reference; they are refused once the owner's sweep has begun, so that
 * the sweep ends.
 */
#include <kernel/module.h>

#include <mm/admission.h>
#include <time/deferred.h>

#include "bus_internal.h"

#define NOT_INITIALISED "not initialised, a copy, or without a function: initialise it first"

/* With the lock of a queue held, in any context but nmi. */
int deferred_admit(const struct deferred *item, const void *function, const char *kind,
		   const void *caller)
{
	const struct owner *owner;
	const char *fault;
	char at[80];

	if (function && (!item->owner || item->owner == THIS_MODULE))
		return 0;
	owner = function && owner_row_valid(item->owner) ? owner_of(item->owner)
							 : calling_owner(caller);
	/* Refuses an owner that has faulted; otherwise it starves the thread that is to fail it. */
	if ((caller && READ_ONCE(owner->handle->closed)) || READ_ONCE(owner->faulted))
		return -ESHUTDOWN;
	fault = kept_fault(owner, item, sizeof(*item));
	if (!fault)
		fault = function ? callback_fault(owner, function) : NOT_INITIALISED;
	if (!fault)
		return 0;
	code_describe((uint64_t)caller, at, sizeof(at));
	printk(KERN_ERR "%s: %s: the one given at %s is %s\n", owner->name, kind, at, fault);
	return -EINVAL;
}
