/*
 * Calls through the bus. The rule is the guide's first: code that calls through a pointer holds its
 * owner, and pretends that the entry is not there when the owner cannot be held. A record of each
 * call stands on the caller's stack and on its thread's list, innermost first. It is pushed
 * *before* the entry is looked at: a stop either sees the record, or comes before the look, which
 * then sees what the stop has changed.
 *
 * Records are memory of the callers, and callers make mistakes: what looks at a list believes a
 * record only as far as it bears the mark, its thread and a number below that of the record inside.
 */
#include <kernel/bus.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/boot.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/preempt.h>

#include <arch/cpu.h>
#include <log/misuse.h>
#include <mm/stack.h>
#include <sched/thread.h>
#include <bus/blame.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

static bool whole_below(const struct call *call, const struct thread *thread, uint64_t serial)
{
	return call_is_whole(call, thread) && call->serial < serial;
}

/* The innermost call of @thread that has been entered and has a lower number than @serial. */
static struct call *entered_below(const struct thread *thread, uint64_t serial)
{
	const struct call_frame *next = thread->frame;
	struct call_frame frame;

	for (unsigned i = 0; next && i < CALLS_DEEP_MAX && call_frame_read(next, &frame); i++) {
		if (whole_below(frame.call, thread, serial) && frame.call->stack == next)
			return frame.call;
		next = frame.outer;
	}
	return NULL;
}

/* Numbers go down on the way out, so that no list goes round in a circle. */
static struct call *next_below(struct call *next, const struct thread *thread, uint64_t serial)
{
	if (!next || whole_below(next, thread, serial))
		return next;
	return entered_below(thread, serial);
}

struct call *call_innermost(const struct thread *thread)
{
	return next_below(thread->calls, thread, UINT64_MAX);
}

struct call *call_outer(const struct call *call)
{
	return next_below(call->outer, call->thread, call->serial);
}

static inline bool is_marked(const struct call *call)
{
	return (call->flags & ~CALL_FLAGS) == CALL_LISTED;
}

/* The link to the record, which is one of this thread's; NULL: it is on no list, or the link to it
 * is in a record that is not whole. */
static inline struct call **link_of(const struct call *call)
{
	struct thread *thread = thread_current();
	struct call *each;

	if (!is_marked(call) || call->thread != thread)
		return NULL;
	if (likely(thread->calls == call))
		return &thread->calls;
	for (each = call_innermost(thread); each; each = call_outer(each))
		if (each->outer == call)
			return &each->outer;
	return NULL;
}

/* Of a record with the mark: this thread's list tells; of others, no stack of this thread's has
 * one, where the mark is left of a thread that was. */
static bool is_listed(const struct call *call)
{
	if (call->thread == thread_current())
		return link_of(call) != NULL;
	return call->thread && !stack_same((uint64_t)call, (uint64_t)__builtin_frame_address(0));
}

/* -EINVAL, and a line in the log: the record is on a list, which would go round in a circle. */
static inline int push(struct call *call, struct module *owner, struct registration *registration,
		       const char *own, const void *place)
{
	struct thread *thread = thread_current();

	if (unlikely(thread->calls == call || (is_marked(call) && is_listed(call)))) {
		misuse(place, "began a call with the record of one that has not ended");
		return -EINVAL;
	}
	call->outer = thread->calls;
	call->owner = owner;
	call->registration = registration;
	call->own = own;
	call->stack = NULL;
	call->cut = false;
	call->thread = thread;
	call->serial = ++thread->calls_begun;
	call->guard = preempt_count() > 0 ? cpu_this()->guard : NULL;
	if (unlikely(call->guard))
		preempt_disable(); /* so that the end of the walk sees it */
	call->flags = CALL_LISTED;
	barrier(); /* with the interrupt that stops us: a record on the list is whole */
	thread->calls = call;
	barrier();
	return 0;
}

/* False: it is not on the list, or call_through is in it. */
static inline bool pop(struct call *call)
{
	struct call **link = call->stack ? NULL : link_of(call);

	if (unlikely(!link))
		return false;
	barrier();
	*link = call->outer;
	barrier();
	call->flags &= CALL_FLAGS;
	if (unlikely(call->guard))
		preempt_enable();
	return true;
}

long call_refused(struct call *call);

/* From call_through, and as if its caller had called this. */
long call_refused(struct call *call)
{
	misuse(__builtin_return_address(0),
	       "called through a record of no call that it has begun, or of one that it is in");
	return -EINVAL;
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
		       "ended a call that it has not begun, has ended, or is in");
	if (unlikely(going)) {
		delay_here();
		__atomic_fetch_add(&registration_leavers, 1, __ATOMIC_RELEASE);
		wait_queue_wake(&registration_left);
	}
}

static int begin(struct call *call, struct registration *registration, unsigned operation,
		 const void *place)
{
	if (unlikely(push(call, registration->owner, registration, NULL, place) != 0))
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

int call_begin_locked(struct call *call, struct registration *registration, unsigned operation)
{
	return begin(call, registration, operation, __builtin_return_address(0));
}

int call_begin_first(struct call *call, struct interface *interface, unsigned operation)
{
	struct registration *registration;
	int error = -ENOENT;

	call->operation = operation; /* if it is nowhere: before the lock */
	spin_lock(&interface->lock);
	list_for_each(registration, &interface->registrations, in_interface) {
		error = begin(call, registration, operation, __builtin_return_address(0));
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
		error = begin(call, registration, operation, __builtin_return_address(0));
	}
	preempt_enable();
	if (!error && unlikely(debug_enabled))
		check_context(registration, __builtin_return_address(0));
	return error;
}

int call_begin(struct call *call, struct registration *registration, unsigned operation)
{
	if (unlikely(debug_enabled))
		check_context(registration, __builtin_return_address(0));
	return begin(call, registration, operation, __builtin_return_address(0));
}

void call_begin_in_span(struct call *call, struct registration *registration, unsigned operation,
			const void *place)
{
	struct module *owner = registration ? registration->owner : THIS_MODULE;

	if (push(call, owner, registration, NULL, place) != 0)
		return;
	call->operation = operation;
	choose(call);
}

int call_without_reference(struct module *owner, const char *what, const void *function,
			   void *argument)
{
	struct call call = {.function = function};
	int result;

	push(&call, owner, NULL, what, function);
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
	const struct call *call = call_innermost(thread);

	while (call && call->owner != owner->handle)
		call = call_outer(call);
	return call || (thread->owner == owner->handle && thread->state != THREAD_DEAD);
}

const struct call *call_inside(const struct registration *registration)
{
	const struct call *call = call_innermost(thread_current());

	while (call && call->registration != registration)
		call = call_outer(call);
	return call;
}
