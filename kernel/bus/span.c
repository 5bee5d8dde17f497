/*
 * Spans. A span is an object with a first and a last call. While open it holds one reference and
 * reaches its module only through its entry; force and failure take that away in a stop, with the
 * reference. The record of a call in a span is pushed and the function read with no stop in
 * between, so a stop that finds no record of a call may cut the span, and the next call answers
 * -ENODEV.
 */
#include <kernel/bus.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/delay.h>
#include <kernel/heap.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <log/misuse.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

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

void span_close(struct span *span)
{
	struct open_span *open = __atomic_exchange_n(&span->open, NULL, __ATOMIC_ACQ_REL);

	if (!open)
		return;
	booking_remove(&open->booking);
	end_booked(&open->booking);
}

void span_call_begin(struct call *call, struct span *span, unsigned operation)
{
	const struct open_span *open;

	preempt_disable(); /* no stop cuts it between the look and the record */
	open = READ_ONCE(span->open);
	call_begin_in_span(call, open ? open->registration : NULL, operation,
			   __builtin_return_address(0));
	preempt_enable();
}

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
