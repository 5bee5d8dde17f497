/*
 * The sweep: what an owner leaves behind is taken away, in the order in which it could still do
 * harm: first what is called, then what calls, then what the calls used. The books are closed
 * before it begins: from then on nothing more is booked to the owner, so the sweep ends. Each thing
 * gets one warning that names it and the place that made it, while that place can still be read.
 *
 * Two sweeps of one owner may run at once, that of its failure and that of its unload, and each may
 * meet the owner's own code that ends a thing of its own. One party ends each thing; docs/ending.md
 * has the rule for each kind.
 */
#include <bus/ledger.h>

#include <lib/format.h>

#include <mm/heap.h>
#include <mm/io_mapping.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <time/timer_queue.h>

#include "bus_internal.h"

struct sweep {
	struct owner *owner;
	bool quiet;
	const char *objects; /* what is being swept that has no name */
	struct owner *other; /* whose entry in an interface of ->owner is being ended; NULL: none */
};

static void note(struct sweep *sweep, const char *kind, const char *name,
		 const struct source_location *place)
{
	if (!sweep->quiet)
		printk(KERN_WARNING "%s: left behind: %pE%s%pE made at %pE:%u; removed\n",
		       sweep->owner->name, kind, *name ? " " : "", name, place ? place->file : "?",
		       place ? place->line : 0);
}

static void note_object(const struct heap_object *object, void *argument)
{
	struct sweep *sweep = argument;
	char size[32];

	format_text(size, sizeof(size), "of %zu bytes", object->size);
	note(sweep, sweep->objects, size, object->place);
}

static void sweep_registrations(struct sweep *sweep)
{
	struct registration *registration;

	while ((registration = registration_claim_of(sweep->owner))) {
		note(sweep, registration->interface->name, registration->name, registration->place);
		registration_end(registration);
	}
}

/* With the entries in it, which belong to modules that depend on it: there are some when it has
 * failed. */
static void sweep_interfaces(struct sweep *sweep)
{
	struct interface *interface;

	while ((interface = interface_claim_of(sweep->owner))) {
		note(sweep, "interface", interface->name, interface->place);
		interface_end(interface, &sweep->other);
	}
}

static void sweep_deferred(struct sweep *sweep)
{
	const struct module *module = sweep->owner->handle;
	const struct source_location *place;

	while (timer_take_of(module, &place))
		note(sweep, "timer", "", place);
	while (work_take_of(module, &place))
		note(sweep, "work", "", place);
}

static void sweep_bookings(struct sweep *sweep)
{
	struct booking *booking;

	while ((booking = booking_take_of(sweep->owner))) {
		note(sweep, booking->kind, booking->name, booking->place);
		booking_end(booking, sweep->owner);
	}
}

/* Threads that have ended by themselves and that were not stopped. */
static void sweep_ended_threads(struct sweep *sweep)
{
	struct thread *thread;

	while ((thread = thread_claim_ended_of(sweep->owner->handle))) {
		note(sweep, "ended thread", thread->name, thread->place);
		thread_join(thread);
	}
}

void owner_close(struct owner *owner)
{
	spin_lock(&owner->lock);
	WRITE_ONCE(owner->handle->closed, true);
	spin_unlock(&owner->lock);
}

static int sweep_failed(struct sweep *sweep)
{
	sweep->quiet = true;
	sweep_deferred(sweep);
	sweep_registrations(sweep);
	sweep_interfaces(sweep);
	return 0;
}

static int sweep_all(struct sweep *sweep)
{
	struct owner *owner = sweep->owner;

	owner_await_failing(owner, WAIT_FOREVER);
	sweep_registrations(sweep);
	sweep_interfaces(sweep);
	sweep_deferred(sweep);
	timer_drain(owner->handle);
	work_drain(owner->handle);
	/* The last callback may have faulted; from here none runs. */
	owner_await_failing(owner, WAIT_FOREVER);
	if (READ_ONCE(owner->damaged)) /* by another sweep, so that not all has been ended */
		return -ENOTRECOVERABLE;
	sweep_bookings(sweep);
	sweep_ended_threads(sweep);
	sweep->objects = "mapping";
	io_mapping_sweep(owner->handle->slot, note_object, sweep);
	sweep->objects = "memory";
	heap_sweep(owner->handle->slot, note_object, sweep);
	return 0;
}

/*
 * In a call of the owner: a fault over what it has written over is its own, ends the sweep, and
 * leaves things half ended, with claims that nothing lets go. Then the owner is damaged, and so is
 * the owner of the entry that the sweep was at. Waits for their claims end.
 */
static int sweep_in_call(struct owner *owner, const char *what,
			 int (*function)(struct sweep *sweep))
{
	struct sweep sweep = {.owner = owner};

	owner_close(owner);
	if (READ_ONCE(owner->damaged))
		return -ENOTRECOVERABLE;
	if (!call_without_reference(owner->handle, what, (const void *)function, &sweep))
		return 0;
	WRITE_ONCE(owner->damaged, true);
	if (sweep.other)
		WRITE_ONCE(sweep.other->damaged, true);
	wait_queue_wake(&registration_released);
	return -ENOTRECOVERABLE;
}

void owner_sweep_failed(struct owner *owner)
{
	sweep_in_call(owner, "closing", sweep_failed);
}

int owner_sweep(struct owner *owner)
{
	return sweep_in_call(owner, "sweep", sweep_all);
}
