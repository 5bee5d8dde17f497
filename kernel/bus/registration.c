/*
 * Registrations: one owner's entry in one interface. An entry stands in two lists, its interface's
 * and its owner's, from reserve until it has ended, and only an entry that is active and whose
 * owner is live can be called. What a module hands over is checked before a lock is taken
 * (entry_check.c), since reading it may fault. An interface is not unregistered while it has
 * entries, so an entry's interface is always there.
 *
 * Endings. The thread that makes itself an entry's claimant, under the lock of the entry's owner,
 * is the only one that enters or ends it; every other party waits until there is no claimant. A
 * claimed entry stays in both lists, so its owner's sweep, which goes on until its list is empty,
 * cannot finish: the claim is what holds the owner of an entry that the sweep of its interface
 * ends. A party that waits looks at lists and claimants under their locks, and not at an entry that
 * it has not claimed, unless the entry's memory is its own.
 */
#include <kernel/bus.h>

#include <string.h>

#include <kernel/delay.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>

#include <arch/cpu.h>
#include <log/misuse.h>
#include <sched/thread.h>
#include <bus/call.h>
#include <bus/ledger.h>

#include "bus_internal.h"

DEFINE_WAIT_QUEUE(registration_left);
uint64_t registration_leavers;
/* Woken when an entry or an interface has a claimant no more. */
DEFINE_WAIT_QUEUE(registration_released);

static uint64_t next_serial = 1; /* [A] */
static unsigned registered;	 /* [A] entries in all interfaces */

unsigned registration_count(void)
{
	return READ_ONCE(registered);
}
EXPORT_SYMBOL(registration_count);

/* The entry that has the name, or the whole interface, already. One whose owner has failed is never
 * called again and is being ended: what it has is free. */
static const struct registration *find_rival_locked(const struct interface *interface,
						    const char *name)
{
	const struct registration *other;

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
EXPORT_SYMBOL(registration_refuse);

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
EXPORT_SYMBOL(registration_callable);

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
EXPORT_SYMBOL(registration_nth_locked);

struct activation {
	struct registration *const *set;
	size_t count;
	const struct thread *claimant; /* of each entry; NULL: none */
};

/* One with its interface's lock held; several stopped, so that nobody sees some of the set active
 * and others not, whatever their interfaces. */
static int activate_all(void *argument)
{
	const struct activation *activation = argument;

	for (size_t i = 0; i < activation->count; i++)
		if (activation->set[i]->state != REGISTRATION_RESERVED ||
		    READ_ONCE(activation->set[i]->claimant) != activation->claimant)
			return -EINVAL; /* not reserved, or still entering, or being ended */
	for (size_t i = 0; i < activation->count; i++) {
		activation->set[i]->state = REGISTRATION_ACTIVE;
		registration_changed(activation->set[i]);
	}
	return 0;
}

static int activate_one(struct registration *registration, const struct thread *claimant)
{
	struct activation activation = {&registration, 1, claimant};
	int error;

	spin_lock(&registration->interface->lock);
	error = activate_all(&activation);
	spin_unlock(&registration->interface->lock);
	return error;
}

int registration_activate(struct registration *const *set, size_t count)
{
	struct activation activation = {set, count, NULL};

	/* Read before there is a lock or a stop, which a fault would not end. */
	for (size_t i = 0; i < count; i++)
		if (READ_ONCE(set[i]->state) == REGISTRATION_NONE)
			return -EINVAL;
	if (count != 1)
		return stop_machine(activate_all, &activation, NULL);
	return activate_one(set[0], NULL);
}
EXPORT_SYMBOL(registration_activate);

/* Is the entry the caller's now? Its owner's lock is held. */
static bool claim_locked(struct registration *registration)
{
	if (registration->claimant)
		return false;
	registration->claimant = thread_current();
	return true;
}

static void release(struct registration *registration)
{
	struct owner *owner = owner_of(registration->owner);

	delay_here();
	spin_lock(&owner->lock);
	registration->claimant = NULL;
	spin_unlock(&owner->lock);
	wait_queue_wake(&registration_released);
}

static struct registration *claim_first_of(struct owner *owner, bool *empty)
{
	struct registration *registration, *claimed = NULL;

	spin_lock(&owner->lock);
	*empty = list_is_empty(&owner->registrations);
	list_for_each(registration, &owner->registrations, in_owner) {
		if (!claim_locked(registration))
			continue;
		claimed = registration;
		break;
	}
	spin_unlock(&owner->lock);
	return claimed;
}

struct registration *registration_claim_of(struct owner *owner)
{
	struct registration *claimed;
	bool empty;

	wait_event(&registration_released,
		   (claimed = claim_first_of(owner, &empty)) || empty || READ_ONCE(owner->damaged));
	return claimed;
}

static struct registration *claim_first_in(struct interface *interface, bool *empty)
{
	struct registration *registration, *claimed = NULL;

	spin_lock(&interface->lock);
	*empty = list_is_empty(&interface->registrations);
	list_for_each(registration, &interface->registrations, in_interface) {
		struct owner *owner = owner_of(registration->owner);

		spin_lock(&owner->lock);
		if (claim_locked(registration))
			claimed = registration;
		spin_unlock(&owner->lock);
		if (claimed)
			break;
	}
	spin_unlock(&interface->lock);
	return claimed;
}

struct registration *registration_claim_in(struct interface *interface)
{
	struct registration *claimed;
	bool empty;

	wait_event(&registration_released, (claimed = claim_first_in(interface, &empty)) || empty);
	return claimed;
}

/* Claims an entry whose memory is the caller's. -EINVAL: it is in no list; -EBUSY: another thread
 * is its claimant; -EDEADLK: this one is. */
static int try_claim(struct registration *registration)
{
	struct owner *owner = owner_of(registration->owner);
	int error = 0;

	spin_lock(&owner->lock);
	if (registration->state == REGISTRATION_NONE)
		error = -EINVAL;
	else if (!claim_locked(registration))
		error = registration->claimant == thread_current() ? -EDEADLK : -EBUSY;
	spin_unlock(&owner->lock);
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
	return READ_ONCE(owner->module->state) == MODULE_FAILED;
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
		names_add(registration);
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	return error;
}

/* Closed, and left by all: out of both lists. From here its memory is its module's alone. */
static void finish(struct registration *registration)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);

	if (interface->left)
		interface_tell(registration, (const void *)interface->left, "left");
	delay_here();
	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	list_remove(&registration->in_interface);
	list_remove(&registration->in_owner);
	__atomic_fetch_sub(&registered, 1, __ATOMIC_RELAXED);
	registration->state = REGISTRATION_NONE;
	registration->claimant = NULL;
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	wait_queue_wake(&registration_released);
}

/* No span is opened on a closed entry; what a call had opened before is seen after it has left. */
void registration_end(struct registration *registration)
{
	close_entry(registration, true);
	delay_here();
	wait_until_left(registration);
	if (READ_ONCE(registration->spans) > 0)
		stop_machine(registration_cut_stopped, registration, NULL);
	finish(registration);
}

/* Leaves the caller as the claimant of what it has entered. */
static int reserve(struct registration *registration, const struct registration *wanted,
		   const void *caller)
{
	int error = may_sleep_at(caller) ? entry_check(registration, wanted, caller) : -EDEADLK;

	if (error)
		return error;
	*registration = *wanted;
	error = insert(registration);
	if (error || !registration->interface->entering)
		return error;
	error = interface_tell(registration, (const void *)registration->interface->entering,
			       "entering");
	if (error)
		registration_end(registration);
	return error > 0 ? -EINVAL : error;
}

/* Neither of the two calls the other: in both, the return address is the registering module's. */
int registration_reserve(struct registration *registration, const struct registration *wanted)
{
	int error = reserve(registration, wanted, __builtin_return_address(0));

	if (!error)
		release(registration);
	return error;
}
EXPORT_SYMBOL(registration_reserve);

int registration_register(struct registration *registration, const struct registration *wanted)
{
	int error = reserve(registration, wanted, __builtin_return_address(0));

	if (error)
		return error;
	error = activate_one(registration, thread_current());
	release(registration);
	return error;
}
EXPORT_SYMBOL(registration_register);

int registration_remove(struct registration *registration)
{
	bool waited = false;
	int error;

	if (registration->state == REGISTRATION_NONE)
		return -EINVAL;
	if ((preempt_count() > 0 && cpu_this()->guard) || call_inside(registration)) {
		printk(KERN_ERR "%s: %pE %pE: removed from inside a call, a hook, a timer or an "
				"interrupt handler, where it would wait for itself: remove it in a "
				"work item\n",
		       module_name(registration->owner), registration->interface->name,
		       registration->name);
		return -EDEADLK;
	}
	if (!may_sleep())
		return -EDEADLK;
	while ((error = try_claim(registration)) == -EBUSY) {
		waited = true;
		wait_event(&registration_released, !READ_ONCE(registration->claimant));
	}
	if (error)
		return waited && error == -EINVAL ? 0 : error; /* another party has ended it */
	error = close_entry(registration, false);
	if (!error) {
		wait_until_left(registration);
		error = reopen_if_spanned(registration);
	}
	if (error)
		release(registration);
	else
		finish(registration);
	return error;
}
EXPORT_SYMBOL(registration_remove);
