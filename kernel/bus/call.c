/*
 * Calls through the bus. The rule is the guide's first: whoever calls through a pointer holds its
 * owner, and pretends that the entry is not there when the owner cannot be held. A record of each
 * call stands on the caller's stack and on its thread's list, innermost first. It is pushed
 * *before* the entry is looked at: a stop either sees the record, or comes before the look, which
 * then sees what the stop has changed.
 */
#include <kernel/bus.h>

#include <string.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/preempt.h>

#include <log/panic.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

static inline void push(struct call *call, struct module *owner, struct registration *registration,
			const char *operation)
{
	struct thread *thread = thread_current();

	call->outer = thread->calls;
	call->owner = owner;
	call->registration = registration;
	call->operation = operation;
	call->stack = NULL;
	call->flags = 0;
	call->mutexes = thread->kernel_mutexes;
	barrier(); /* with the interrupt that stops us: a record on the list is whole */
	thread->calls = call;
	barrier();
}

static inline void pop(struct call *call)
{
	barrier();
	thread_current()->calls = call->outer;
	barrier();
}

/* The caller's side of the interface's context, looked at under `debug`. */
static void check_context(const struct registration *registration)
{
	const struct interface *interface = registration->interface;

	if (in_irq() && interface->context != INTERFACE_IRQ)
		panic("bus: %s %s called from an interrupt", interface->name, registration->name);
	if (preempt_count() > 0 && interface->context == INTERFACE_THREAD)
		panic("bus: %s %s, which may sleep, called with preemption off", interface->name,
		      registration->name);
}

int call_begin_match(struct call *call, struct interface *interface, uint64_t after,
		     bool (*match)(const struct registration *registration, const void *argument),
		     const void *argument, const char *operation)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&interface->lock);
	list_for_each(registration, &interface->registrations, in_interface) {
		/* bare: the match is the kernel's own */
		if (registration->serial <= after || registration->state != REGISTRATION_ACTIVE ||
		    (match && !match(registration, argument)) ||
		    !try_module_get(registration->owner))
			continue;
		push(call, registration->owner, registration, operation);
		call->flags = CALL_HOLDS;
		error = 0;
		break;
	}
	spin_unlock(&interface->lock);
	if (!error && unlikely(debug_enabled))
		check_context(registration);
	return error;
}

static bool has_name(const struct registration *registration, const void *name)
{
	return strcmp(registration->name, name) == 0;
}

int call_begin_by_name(struct call *call, struct interface *interface, const char *name,
		       const char *operation)
{
	return call_begin_match(call, interface, 0, has_name, name, operation);
}
EXPORT_SYMBOL(call_begin_by_name);

int call_begin(struct call *call, struct registration *registration, const char *operation)
{
	if (unlikely(debug_enabled))
		check_context(registration);
	push(call, registration->owner, registration, operation);
	if (likely(READ_ONCE(registration->state) == REGISTRATION_ACTIVE) &&
	    likely(try_module_get(registration->owner))) {
		call->flags = CALL_HOLDS;
		return 0;
	}
	pop(call);
	return -ENOENT;
}
EXPORT_SYMBOL(call_begin);

/* Record and reference go together, with no stop in between: who counts calls and sums references
 * in a stop finds that they agree. */
void call_end(struct call *call)
{
	bool going = call->registration &&
		     unlikely(READ_ONCE(call->registration->state) == REGISTRATION_GONE);

	preempt_disable();
	pop(call);
	if (call->flags & CALL_HOLDS)
		module_put(call->owner);
	preempt_enable();
	if (unlikely(going))
		wait_queue_wake(&registration_left);
}
EXPORT_SYMBOL(call_end);

void call_enter(struct call *call, struct module *owner, const char *operation)
{
	push(call, owner, NULL, operation);
	call->flags = CALL_OWN;
}

void call_leave(struct call *call)
{
	pop(call);
}

bool owner_calls_current(const struct owner *owner)
{
	for (const struct call *call = thread_current()->calls; call; call = call->outer)
		if (call->owner == owner->module)
			return true;
	return false;
}
