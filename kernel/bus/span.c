/*
 * Spans: objects with a first and a last call. An open span holds one reference and reaches its
 * module only through its operations pointer; force and failure cut it off in a stop, by giving it
 * operations that answer ENODEV and taking its reference back. The record of a call in a span is
 * pushed before the pointer is read, with no stop in between, so a stop that finds no record of a
 * call may cut the span, and the next call gets the dead operations.
 */
#include <kernel/bus.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

int span_open(struct span *span, struct registration *registration, const char *object)
{
	struct owner *owner = owner_of(registration->owner);
	int error = 0;

	span->owner = registration->owner;
	span->registration = registration;
	span->operations = registration->operations;
	span->object = object;
	span->since = time_now();
	spin_lock(&owner->lock);
	if (owner->module->state == MODULE_FAILED) {
		error = -ENODEV;
	} else {
		__module_get(registration->owner);
		registration->spans++;
		list_add_last(&owner->spans, &span->in_owner);
	}
	spin_unlock(&owner->lock);
	return error;
}
EXPORT_SYMBOL(span_open);

void span_close(struct span *span)
{
	struct module *module;

	preempt_disable(); /* no stop cuts it between the look and the lock */
	module = span->owner;
	if (module) {
		struct owner *owner = owner_of(module);

		spin_lock(&owner->lock);
		list_remove(&span->in_owner);
		span->registration->spans--;
		span->owner = NULL;
		spin_unlock(&owner->lock);
		module_put(module);
	}
	preempt_enable();
}
EXPORT_SYMBOL(span_close);

void span_call_begin(struct call *call, struct span *span, const char *operation)
{
	preempt_disable();
	call_enter(call, span->owner ? span->owner : THIS_MODULE, operation);
	call->registration = span->registration;
	call->flags = 0;
	preempt_enable();
}
EXPORT_SYMBOL(span_call_begin);

unsigned owner_cut_spans_stopped(struct owner *owner)
{
	unsigned count = 0;
	struct list_node *node;

	while ((node = list_take_first(&owner->spans))) {
		struct span *span = list_entry(node, struct span, in_owner);

		span->operations = span->registration->interface->dead_operations;
		span->registration->spans--;
		span->registration = NULL;
		span->owner = NULL;
		module_put(owner->module);
		count++;
	}
	return count;
}
