/*
 * Registrations: one owner's entry in one interface. An entry stands in two lists, its interface's
 * and its owner's, from reserve until it has ended, and only an entry that is active and whose
 * owner is live can be called. What a module hands over is checked before a lock is taken
 * (entry_check.c), since reading it may fault. An interface is not unregistered while it has
 * entries, so an entry's interface is always there.
 */
#include <kernel/bus.h>

#include <kernel/delay.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>

#include <arch/cpu.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

DEFINE_WAIT_QUEUE(registration_left);
uint64_t registration_leavers;

static uint64_t next_serial = 1; /* [A] */
static unsigned registered;	 /* [A] entries in all interfaces */

unsigned registration_count(void)
{
	return READ_ONCE(registered);
}

/* The entry that has the name, or the whole interface, already. One whose owner has failed is never
 * called again and is being ended: what it has is free. */
static const struct registration *find_rival_locked(const struct interface *interface,
						    const char *name)
{
	const struct registration *other;

	ASSERT(spin_is_held(&interface->lock));
	if (interface->flags & INTERFACE_UNIQUE)
		return names_rival(interface, name);
	if (!(interface->flags & INTERFACE_SINGLE))
		return NULL;
	list_for_each(other, &interface->registrations, in_interface)
		if (other->owner->state != MODULE_FAILED)
			return other;
	return NULL;
}

int registration_refuse(const struct registration *registration, int error, const char *why)
{
	printk(KERN_ERR "%s: %pE %pE: %s\n", module_name(registration->owner),
	       registration->interface->name, registration->name, why);
	return error;
}

/* Enters it in both lists, with the caller as its claimant. */
static int insert(struct registration *registration)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);
	const struct registration *rival;
	int error = 0;

	delay_here();
	spin_lock(&interface->lock);
	rival = interface->owner ? find_rival_locked(interface, registration->name) : NULL;
	spin_lock(&owner->lock);
	if (rival) {
		error = -EEXIST;
		printk(KERN_ERR "%s: %pE %pE: the name is taken by %s\n", owner->name,
		       interface->name, registration->name, module_name(rival->owner));
	} else if (!interface_takes_entries(interface)) {
		error = registration_refuse(registration, -ENODEV,
					    "the interface's module is leaving or has failed");
	} else if (!owner_takes_bookings(owner)) {
		error = registration_refuse(registration, -ENODEV,
					    "its module is leaving or has failed");
	} else {
		/* Here, so that each interface's list is in their order: see notifier_call. */
		registration->serial = __atomic_fetch_add(&next_serial, 1, __ATOMIC_RELAXED);
		registration->claimant = thread_current();
		list_add_last(&interface->registrations, &registration->in_interface);
		list_add_last(&owner->registrations, &registration->in_owner);
		names_add(registration);
		__atomic_fetch_add(&registered, 1, __ATOMIC_RELAXED);
		registration->state = REGISTRATION_RESERVED;
		if (interface->flags & INTERFACE_UNSAFE)
			owner->flags |= OWNER_UNSAFE;
	}
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	return error;
}

bool registration_callable(const struct registration *registration)
{
	return READ_ONCE(registration->state) == REGISTRATION_ACTIVE &&
	       READ_ONCE(registration->owner->state) == MODULE_LIVE;
}

void registration_changed(struct registration *registration)
{
	if (registration->interface->changed)
		interface_tell_change(registration, registration_callable(registration));
}

struct registration *registration_nth_locked(struct interface *interface, unsigned index)
{
	struct registration *registration;

	if (!spin_is_held(&interface->lock)) {
		printk(KERN_ERR "%s: its entries are looked at without its lock: take it first\n",
		       interface->name);
		return NULL;
	}
	list_for_each(registration, &interface->registrations, in_interface)
		if (registration_callable(registration) && index-- == 0)
			return registration;
	return NULL;
}

struct activation {
	struct registration *const *set;
	size_t count;
};

/* Stopped: no caller sees some of the set active and others not, whatever their interfaces. */
static int activate_all(void *argument)
{
	const struct activation *activation = argument;

	for (size_t i = 0; i < activation->count; i++)
		if (activation->set[i]->state != REGISTRATION_RESERVED ||
		    activation->set[i]->claimant)
			return -EINVAL; /* not reserved, or still entering, or being ended */
	for (size_t i = 0; i < activation->count; i++) {
		activation->set[i]->state = REGISTRATION_ACTIVE;
		registration_changed(activation->set[i]);
	}
	return 0;
}

int registration_activate(struct registration *const *set, size_t count)
{
	struct activation activation = {set, count};
	const void *place = __builtin_return_address(0);
	size_t listed = 0;
	int error = -EINVAL;

	/* Read before the stop, in which a fault is the kernel's. */
	while (listed < count && registration_is_listed(set[listed]))
		listed++;
	if (listed == count)
		error = stop_machine(activate_all, &activation, NULL);
	if (error == -EINVAL)
		misuse(place, "activated what is not reserved, or is entering or leaving");
	return error;
}

static int calls_in_stopped(void *registration)
{
	const struct thread *thread;
	const struct call *call;
	int count = 0;

	for_each_call(thread, call) count += call->registration == registration && !call->cut;
	return count;
}

static bool has_failed(const struct owner *owner)
{
	return READ_ONCE(owner->handle->state) == MODULE_FAILED;
}

/*
 * Waits until no call record names the entry, which is closed. Records are looked at in a stop. A
 * thread that ends a call looks at its entry and pops its record with no stop in between: either it
 * looked before the entry was closed, and no stop from then on sees its record, or it finds the
 * entry closed, and counts itself among the leavers after the pop. So each record that the stop has
 * seen changes the number that was read before the stop. The stop is also what ends every look-up
 * that has come to the entry by its name. A drained owner (unloading, or not live
 * yet) has no callers to wait for, and no look-up comes to its entries. Those of a failed owner may
 * never come back: their records are cut off the entry.
 */
static void wait_until_left(struct registration *registration)
{
	const struct owner *owner = owner_of(registration->owner);
	uint64_t leavers = READ_ONCE(registration_leavers);

	if (owner->flags & OWNER_DRAINED || registration->interface->flags & INTERFACE_BARE)
		return;
	while (!has_failed(owner) && stop_machine(calls_in_stopped, registration, NULL) > 0) {
		wait_event(&registration_left,
			   READ_ONCE(registration_leavers) != leavers || has_failed(owner));
		leavers = READ_ONCE(registration_leavers);
	}
	if (has_failed(owner))
		stop_machine(registration_cut_stopped, registration, NULL);
}

/* From here no call begins in it. -EBUSY with spans open, unless those are to be @cut. */
static int close_entry(struct registration *registration, bool cut)
{
	struct interface *interface = registration->interface;
	int error = 0;

	delay_here();
	spin_lock(&interface->lock);
	if (!cut && READ_ONCE(registration->spans) > 0) {
		error = -EBUSY;
	} else {
		registration->state = REGISTRATION_CLOSED;
		interface->closed++;
		names_remove(registration);
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	return error;
}

/* A call that was under way may have opened a span: then the entry stays after all. */
static int reopen_if_spanned(struct registration *registration)
{
	struct interface *interface = registration->interface;
	int error = 0;

	spin_lock(&interface->lock);
	if (READ_ONCE(registration->spans) > 0) {
		error = -EBUSY;
		registration->state = REGISTRATION_ACTIVE;
		interface->closed--;
		names_add(registration);
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	return error;
}

/* Closed, and left by all: out of both lists. From here its memory is its module's alone. */
static void finish(struct registration *registration, enum registration_state state)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);

	if (interface->left)
		interface_tell(registration, (const void *)interface->left, "left");
	delay_here();
	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	interface->closed--;
	list_remove(&registration->in_interface);
	list_remove(&registration->in_owner);
	__atomic_fetch_sub(&registered, 1, __ATOMIC_RELAXED);
	registration->state = state;
	registration->claimant = NULL;
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	wait_queue_wake(&registration_released);
}

/* No span is opened on a closed entry; what a call had opened before is seen after it has left. */
static void end(struct registration *registration, enum registration_state state)
{
	close_entry(registration, true);
	delay_here();
	wait_until_left(registration);
	if (READ_ONCE(registration->spans) > 0)
		stop_machine(registration_cut_stopped, registration, NULL);
	finish(registration, state);
}

void registration_end(struct registration *registration)
{
	end(registration, REGISTRATION_ENDED);
}

/* Of threads that register one entry at once, one gets it. It alone writes there until the entry is
 * in its lists; from then on the claimant does. */
static bool begin_entering(struct registration *registration)
{
	uint32_t state = READ_ONCE(registration->state);

	delay_here();
	return state <= REGISTRATION_ENDED &&
	       __atomic_compare_exchange_n(&registration->state, &state, REGISTRATION_ENTERING,
					   false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Leaves the caller as the claimant of what it has entered. */
static int reserve(struct registration *registration, const struct registration *wanted,
		   const void *caller)
{
	int error = may_sleep_at(caller) ? entry_check(registration, wanted, caller) : -EDEADLK;
	struct registration entering = *wanted;

	stack_demand(STACK_FOR_CLAIM);
	if (error)
		return error;
	if (!begin_entering(registration))
		return registration_refuse(
		    wanted, -EINVAL, "registered already, or was not zeroed before its first use");
	entering.state = REGISTRATION_ENTERING;
	*registration = entering;
	error = insert(registration);
	if (error)
		__atomic_store_n(&registration->state, REGISTRATION_NONE, __ATOMIC_RELEASE);
	if (error || !registration->interface->entering)
		return error;
	error = interface_tell(registration, (const void *)registration->interface->entering,
			       "entering");
	if (error)
		end(registration, REGISTRATION_NONE);
	return errno_is_result(error) ? error : -EINVAL;
}

/* Neither of the two calls the other: in both, the return address is the registering module's. */
int registration_reserve(struct registration *registration, const struct registration *wanted)
{
	int error = reserve(registration, wanted, __builtin_return_address(0));

	if (!error)
		registration_release(registration);
	return error;
}

int registration_register(struct registration *registration, const struct registration *wanted)
{
	int error = reserve(registration, wanted, __builtin_return_address(0));

	if (error)
		return error;
	spin_lock(&registration->interface->lock);
	registration->state = REGISTRATION_ACTIVE;
	registration_changed(registration);
	spin_unlock(&registration->interface->lock);
	registration_release(registration);
	return 0;
}

int registration_remove(struct registration *registration)
{
	const void *place = __builtin_return_address(0);
	uint32_t state = READ_ONCE(registration->state);
	int error;

	if (state == REGISTRATION_NONE || state == REGISTRATION_ENTERING) {
		misuse(place, "unregistered what is not registered");
		return -EINVAL;
	}
	if ((preempt_count() > 0 && cpu_this()->guard) || call_inside(registration))
		return registration_refuse(
		    registration, -EDEADLK,
		    "removed from inside a call, a hook, a timer or an interrupt handler, where it "
		    "would wait for itself: remove it in a work item");
	if (!may_sleep())
		return -EDEADLK;
	stack_demand(STACK_FOR_CLAIM);
	error = registration_claim(registration);
	if (error)
		return error == -ESRCH ? 0 : error;
	error = close_entry(registration, false);
	if (!error) {
		wait_until_left(registration);
		error = reopen_if_spanned(registration);
	}
	if (error)
		registration_release(registration);
	else
		finish(registration, REGISTRATION_NONE);
	return error;
}
