/*
 * Calls through the bus, and spans. The rule is the guide's first: code that calls through a
 * pointer holds its owner, and pretends that the entry is not there when the owner cannot be held.
 * A record of each call stands on the caller's stack and on its thread's list, innermost first. It
 * is pushed *before* the entry is looked at: a stop either sees the record, or comes before the
 * look, which then sees what the stop has changed.
 *
 * A span is an object with a first and a last call. While open it holds one reference and reaches
 * its module only through its entry; force and failure take that away in a stop, with the
 * reference. The record of a call in a span is pushed and the function read with no stop in
 * between, so a stop that finds no record of a call may cut the span, and the next call answers
 * -ENODEV.
 */
#include <kernel/bus.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/boot.h>
#include <kernel/delay.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/cpu.h>
#include <log/misuse.h>
#include <sched/thread.h>
#include <bus/blame.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

EXPORT_SYMBOL(call_through);

#define LISTED 0x115ed000u /* in call->flags, beside the others: pushed, and not popped since */

/* The record's link in the list, NULL: it is not there, or behind one that is not whole. */
static inline struct call **link_of(const struct call *call)
{
	struct call **link = &thread_current()->calls;

	for (unsigned depth = 0; unlikely(*link != call); depth++) {
		if (!*link || depth == CALLS_MAX || !call_is_whole(*link))
			return NULL;
		link = &(*link)->outer;
	}
	return link;
}

/* -EINVAL, and a line in the log: the record is on the list, which would go round in a circle. */
static inline int push(struct call *call, struct module *owner, struct registration *registration,
		       const char *own)
{
	struct thread *thread = thread_current();

	if (unlikely((call->flags & ~0xfffu) == LISTED) && link_of(call)) {
		misuse(__builtin_return_address(0),
		       "began a call with the record of one that it has not ended");
		return -EINVAL;
	}
	call->outer = thread->calls;
	call->owner = owner;
	call->registration = registration;
	call->own = own;
	call->stack = NULL;
	call->flags = LISTED;
	call->cut = false;
	call->guard = preempt_count() > 0 ? cpu_this()->guard : NULL;
	if (unlikely(call->guard))
		preempt_disable(); /* so that the end of the walk sees it */
	barrier(); /* with the interrupt that stops us: a record on the list is whole */
	thread->calls = call;
	barrier();
	return 0;
}

/* False: it is not on the list. */
static inline bool pop(struct call *call)
{
	struct call **link = link_of(call);

	if (unlikely(!link))
		return false;
	barrier();
	*link = call->outer;
	barrier();
	call->flags &= 0xfffu;
	if (unlikely(call->guard))
		preempt_enable();
	return true;
}

static inline void choose(struct call *call)
{
	const struct registration *registration = call->registration;
	const void *const *operations = registration ? registration->operations : NULL;

	call->function = operations ? operations[call->operation] : NULL;
	if (unlikely(!call->function))
		call->absent = registration ? registration->interface->absent : -ENODEV;
}

/* The caller's side of the interface's context, looked at under `debug`. */
static void check_context(const struct registration *registration, const void *place)
{
	const struct interface *interface = registration->interface;

	if (in_irq() && interface->context != INTERFACE_IRQ)
		misuse(place, "%s %s is called from an interrupt", interface->name,
		       registration->name);
	else if (preempt_count() > 0 && interface->context == INTERFACE_THREAD)
		misuse(place, "%s %s, which may sleep, is called with preemption off",
		       interface->name, registration->name);
}

/* Record and reference go together, with no stop in between: code that counts calls and sums
 * references in a stop finds that they agree. So do the look at the entry and the pop: see
 * wait_until_left. Calls may end in any order. */
void call_end(struct call *call)
{
	bool listed, going;

	preempt_disable();
	listed = pop(call);
	going = listed && call->registration && !READ_ONCE(call->cut) &&
		unlikely(READ_ONCE(call->registration->state) == REGISTRATION_CLOSED);
	if (likely(listed) && call->flags & CALL_HOLDS)
		module_put(call->owner);
	preempt_enable();
	if (unlikely(!listed))
		misuse(__builtin_return_address(0),
		       "ended a call that it has not begun, or has ended already");
	if (unlikely(going)) {
		delay_here();
		__atomic_fetch_add(&registration_leavers, 1, __ATOMIC_RELEASE);
		wait_queue_wake(&registration_left);
	}
}
EXPORT_SYMBOL(call_end);

int call_begin_locked(struct call *call, struct registration *registration, unsigned operation)
{
	if (unlikely(push(call, registration->owner, registration, NULL) != 0))
		return -EINVAL;
	call->operation = operation;
	if (likely(READ_ONCE(registration->state) == REGISTRATION_ACTIVE) &&
	    likely(try_module_get(registration->owner))) {
		call->flags |= CALL_HOLDS;
		choose(call);
		return 0;
	}
	call_end(call);
	return -ENOENT;
}
EXPORT_SYMBOL(call_begin_locked);

int call_begin_first(struct call *call, struct interface *interface, unsigned operation)
{
	struct registration *registration;
	int error = -ENOENT;

	call->operation = operation; /* if it is nowhere: before the lock */
	spin_lock(&interface->lock);
	list_for_each(registration, &interface->registrations, in_interface) {
		error = call_begin_locked(call, registration, operation);
		if (error != -ENOENT)
			break;
	}
	spin_unlock(&interface->lock);
	if (!error && unlikely(debug_enabled))
		check_context(registration, __builtin_return_address(0));
	return error;
}

/* What was found by name stays until preemption is on again: see names.c. */
int call_begin_by_name(struct call *call, struct interface *interface, const char *name,
		       unsigned operation)
{
	struct registration *registration = NULL;
	int error = -ENOENT;

	touch(name, strnlen(name, NAME_LONGEST) + 1);
	call->operation = operation; /* if it is nowhere: with preemption still on */
	preempt_disable();
	while (error == -ENOENT &&
	       (registration = names_find(interface, name, registration)) != NULL) {
		delay_here();
		error = call_begin_locked(call, registration, operation);
	}
	preempt_enable();
	if (!error && unlikely(debug_enabled))
		check_context(registration, __builtin_return_address(0));
	return error;
}
EXPORT_SYMBOL(call_begin_by_name);

int call_begin(struct call *call, struct registration *registration, unsigned operation)
{
	if (unlikely(debug_enabled))
		check_context(registration, __builtin_return_address(0));
	return call_begin_locked(call, registration, operation);
}
EXPORT_SYMBOL(call_begin);

int call_without_reference(struct module *owner, const char *what, const void *function,
			   void *argument)
{
	struct call call = {.function = function};
	int result;

	push(&call, owner, NULL, what);
	result = (int)call_through(&call, argument);
	pop(&call);
	return result;
}

const char *call_operation(const struct call *call)
{
	if (call->registration && !call->cut)
		return call->registration->interface->operations[call->operation];
	return call->own ? call->own : "cut off";
}

bool owner_runs_in(const struct owner *owner, const struct thread *thread)
{
	const struct call *call = thread->calls;

	while (call && call->owner != owner->handle)
		call = call->outer;
	return call || (thread->owner == owner->handle && thread->state != THREAD_DEAD);
}

const struct call *call_inside(const struct registration *registration)
{
	const struct call *call = thread_current()->calls;

	while (call && call->registration != registration)
		call = call->outer;
	return call;
}

static void add_span(struct open_span *span, struct registration *registration)
{
	struct owner *owner = owner_of(registration->owner);

	__module_get(registration->owner);
	span->registration = registration;
	spin_lock(&owner->lock);
	registration->spans++;
	list_add_last(&owner->spans, &span->in_owner);
	spin_unlock(&owner->lock);
}

/* The owner's lock is held, or the machine is stopped. */
static void cut_span(struct open_span *span)
{
	struct registration *registration = span->registration;

	list_remove(&span->in_owner);
	registration->spans--;
	span->registration = NULL;
	module_put(registration->owner);
}

static void end_booked(struct booking *booking)
{
	struct open_span *span = container_of(booking, struct open_span, booking);

	delay_here();
	preempt_disable(); /* no stop cuts it between the look and the lock */
	if (span->registration) {
		struct owner *owner = owner_of(span->registration->owner);

		spin_lock(&owner->lock);
		cut_span(span);
		spin_unlock(&owner->lock);
	}
	preempt_enable();
	heap_free(span);
}

static int refuse_span(const void *place)
{
	misuse(place, "opened a span that is open already: zero it before its first use, close it "
		      "before the next");
	return -EINVAL;
}

int span_open_at(struct span *span, struct registration *registration, const char *object,
		 struct module *opener, const struct source_location *place)
{
	struct open_span *open, *other = NULL;
	const struct call *call;
	int error = -ENODEV;

	if (READ_ONCE(span->open))
		return refuse_span(__builtin_return_address(0));
	touch(object, strnlen(object, NAME_LONGEST) + 1);
	open = heap_alloc_zeroed(sizeof(*open));
	if (!open)
		return -ENOMEM;
	strlcpy(open->object, object, sizeof(open->object));
	open->booking = (struct booking){
	    .place = place, .kind = "span", .name = open->object, .end = end_booked};
	open->since = time_now();
	delay_here();
	preempt_disable(); /* no stop cuts the call or makes its owner fail after the look */
	call = registration ? call_inside(registration) : NULL;
	if (call && !call->cut && registration->owner->state != MODULE_FAILED) {
		add_span(open, registration);
		error = 0;
	}
	preempt_enable();
	if (!error)
		error = booking_add(&open->booking, opener);
	if (error) {
		end_booked(&open->booking);
		return error;
	}
	delay_here();
	if (__atomic_compare_exchange_n(&span->open, &other, open, false, __ATOMIC_ACQ_REL,
					__ATOMIC_RELAXED))
		return 0;
	booking_remove(&open->booking);
	end_booked(&open->booking);
	return refuse_span(__builtin_return_address(0));
}
EXPORT_SYMBOL(span_open_at);

void span_close(struct span *span)
{
	struct open_span *open = __atomic_exchange_n(&span->open, NULL, __ATOMIC_ACQ_REL);

	if (!open)
		return;
	booking_remove(&open->booking);
	end_booked(&open->booking);
}
EXPORT_SYMBOL(span_close);

void span_call_begin(struct call *call, struct span *span, unsigned operation)
{
	struct registration *registration;
	const struct open_span *open;

	preempt_disable();
	open = READ_ONCE(span->open);
	registration = open ? open->registration : NULL;
	if (push(call, registration ? registration->owner : THIS_MODULE, registration, NULL) == 0) {
		call->operation = operation;
		choose(call);
	}
	preempt_enable();
}
EXPORT_SYMBOL(span_call_begin);

void owner_cut_spans_stopped(struct owner *owner)
{
	struct open_span *span;

	while ((span = list_first(&owner->spans, struct open_span, in_owner)))
		cut_span(span);
}

int registration_cut_stopped(void *argument)
{
	struct registration *registration = argument;
	struct open_span *span, *next;
	struct thread *thread;
	struct call *call;

	for_each_call(thread, call) if (call->registration == registration) call->cut = true;
	list_for_each_safe(span, next, &owner_of(registration->owner)->spans, in_owner)
		if (span->registration == registration)
			cut_span(span);
	return 0;
}
