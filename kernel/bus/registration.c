/*
 * Interfaces, kinds of callbacks as data, and registrations, one owner's entry in one interface. An
 * entry stands in two lists, its interface's and its owner's, from reserve to remove, and only an
 * entry that is active and whose owner is live can be called. Whatever a module hands over is
 * checked before a lock is taken (entry_check.c), since reading it may fault. An interface is not
 * unregistered while it has entries, so an entry's interface is always there.
 */
#include <kernel/bus.h>

#include <string.h>

#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/stop.h>

#include <sched/thread.h>
#include <bus/ledger.h>
#include <bus/registration.h>

#include "bus_internal.h"

DEFINE_WAIT_QUEUE(registration_left);
uint64_t registration_leavers;

static uint64_t next_serial = 1; /* [A] */
static unsigned registered;	 /* [A] entries in all interfaces */

unsigned registration_count(void)
{
	return READ_ONCE(registered);
}
EXPORT_SYMBOL(registration_count);

int interface_register_at(struct interface *interface, struct module *module,
			  const struct place *place)
{
	const void *const functions[] = {interface->entering, interface->changed, interface->left};
	struct owner *owner;

	if (!interface->name || interface->owner || !owner_row_valid(module))
		return -EINVAL;
	owner = owner_of(module);
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++)
		if (functions[i] && !owner_may_call_back(owner, functions[i])) {
			printk(KERN_ERR "%s: interface %s: entering, changed or left is outside "
					"the text of its owner and of what that depends on\n",
			       owner->name, interface->name);
			return -EINVAL;
		}
	interface->place = place;
	spin_lock_init(&interface->lock, "interface");
	list_init(&interface->registrations);
	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	list_add_last(&owner->interfaces, &interface->in_owner);
	spin_unlock(&owner->lock);
	interface->owner = module; /* from here it can be entered */
	spin_unlock(&interface->lock);
	return 0;
}
EXPORT_SYMBOL(interface_register_at);

int interface_unregister(struct interface *interface)
{
	struct owner *owner;
	bool empty;

	spin_lock(&interface->lock);
	empty = !interface->owner || list_is_empty(&interface->registrations);
	if (interface->owner && empty) {
		owner = owner_of(interface->owner);
		spin_lock(&owner->lock);
		list_remove(&interface->in_owner);
		spin_unlock(&owner->lock);
		interface->owner = NULL; /* from here nobody enters it */
	}
	spin_unlock(&interface->lock);
	return empty ? 0 : -EBUSY;
}
EXPORT_SYMBOL(interface_unregister);

/* Who stands in the way of the name; the interface's lock is held. */
static const struct registration *find_rival(const struct interface *interface, const char *name)
{
	const struct registration *other;

	list_for_each(other, &interface->registrations, in_interface)
		if (interface->flags & INTERFACE_SINGLE ||
		    (interface->flags & INTERFACE_UNIQUE && strcmp(other->name, name) == 0))
			return other;
	return NULL;
}

static int insert(struct registration *registration)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);
	const struct registration *rival;
	int error = 0;

	spin_lock(&interface->lock);
	rival = interface->owner ? find_rival(interface, registration->name) : NULL;
	spin_lock(&owner->lock);
	if (rival) {
		error = -EEXIST;
		printk(KERN_ERR "%s: %s %s: the name is taken by %s\n", owner->name,
		       interface->name, registration->name, module_name(rival->owner));
	} else if (!interface->owner || owner->flags & OWNER_SWEEPING ||
		   owner->module->state == MODULE_FAILED) {
		error = -ENODEV;
	} else {
		/* Here, so that each interface's list is in their order: see notifier_call. */
		registration->serial = __atomic_fetch_add(&next_serial, 1, __ATOMIC_RELAXED);
		list_add_last(&interface->registrations, &registration->in_interface);
		list_add_last(&owner->registrations, &registration->in_owner);
		__atomic_fetch_add(&registered, 1, __ATOMIC_RELAXED);
		registration->state = REGISTRATION_RESERVED;
		if (interface->flags & INTERFACE_UNSAFE)
			owner->flags |= OWNER_UNSAFE;
	}
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	return error;
}

static void unlink(struct registration *registration)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);

	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	list_remove(&registration->in_interface);
	list_remove(&registration->in_owner);
	__atomic_fetch_sub(&registered, 1, __ATOMIC_RELAXED);
	registration->state = REGISTRATION_NONE;
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
}

bool registration_callable(const struct registration *registration)
{
	return READ_ONCE(registration->state) == REGISTRATION_ACTIVE &&
	       READ_ONCE(registration->owner->state) == MODULE_LIVE;
}

void registration_changed(struct registration *registration)
{
	/* bare: who has an entry depends on who defines the interface */
	if (registration->interface->changed)
		registration->interface->changed(registration, registration_callable(registration));
}

struct registration *registration_nth_locked(struct interface *interface, unsigned index)
{
	struct registration *registration;

	list_for_each(registration, &interface->registrations, in_interface)
		if (registration_callable(registration) && index-- == 0)
			return registration;
	return NULL;
}

struct activation {
	struct registration *const *set;
	size_t count;
};

/* One with its interface's lock held; several stopped, so that nobody sees some of the set active
 * and others not, whatever their interfaces. */
static int activate_all(void *argument)
{
	const struct activation *activation = argument;

	for (size_t i = 0; i < activation->count; i++)
		if (activation->set[i]->state != REGISTRATION_RESERVED)
			return -EINVAL;
	for (size_t i = 0; i < activation->count; i++) {
		activation->set[i]->state = REGISTRATION_ACTIVE;
		registration_changed(activation->set[i]);
	}
	return 0;
}

int registration_activate(struct registration *const *set, size_t count)
{
	struct activation activation = {set, count};
	int error;

	if (count != 1)
		return stop_machine(activate_all, &activation, NULL);
	if (set[0]->state == REGISTRATION_NONE)
		return -EINVAL;
	spin_lock(&set[0]->interface->lock);
	error = activate_all(&activation);
	spin_unlock(&set[0]->interface->lock);
	return error;
}
EXPORT_SYMBOL(registration_activate);

static int calls_in_stopped(void *registration)
{
	const struct thread *thread;
	int count = 0;

	list_for_each(thread, &thread_list, all)
		for (const struct call *call = thread->calls; call; call = call->outer)
			count += call->registration == registration;
	return count;
}

/*
 * Waits until no call record names the entry, which is closed. Records are looked at in a stop. Who
 * ends a call looks at its entry and pops its record with no stop in between: either it looked
 * before the entry was closed, and no stop from then on sees its record, or it finds the entry
 * closed, and counts itself among the leavers after the pop. So each record that the stop has seen
 * changes the number that was read before the stop. A drained owner (unloading, or not live yet)
 * has no callers to wait for.
 */
static void wait_until_left(struct registration *registration)
{
	uint64_t leavers = READ_ONCE(registration_leavers);

	if (owner_of(registration->owner)->flags & OWNER_DRAINED)
		return;
	while (stop_machine(calls_in_stopped, registration, NULL) > 0) {
		wait_event(&registration_left, READ_ONCE(registration_leavers) != leavers);
		leavers = READ_ONCE(registration_leavers);
	}
}

/* A call that was under way may have opened a span: then the entry stays after all. */
static bool reopen_if_spanned(struct registration *registration)
{
	struct interface *interface = registration->interface;
	bool spanned;

	spin_lock(&interface->lock);
	spanned = READ_ONCE(registration->spans) > 0;
	if (spanned) {
		registration->state = REGISTRATION_ACTIVE;
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	return spanned;
}

/* -EBUSY with spans open; -EINVAL when it is not registered. */
static int take_out(struct registration *registration, bool wait)
{
	struct interface *interface = registration->interface;
	int error = 0;

	spin_lock(&interface->lock);
	if (registration->state == REGISTRATION_NONE || registration->state == REGISTRATION_GONE) {
		error = -EINVAL;
	} else if (READ_ONCE(registration->spans) > 0) {
		error = -EBUSY;
	} else {
		registration->state = REGISTRATION_GONE; /* from here no call begins in it */
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	if (error)
		return error;
	if (wait && !(interface->flags & INTERFACE_BARE)) {
		wait_until_left(registration);
		if (reopen_if_spanned(registration))
			return -EBUSY;
	}
	if (interface->left)
		interface->left(registration); /* bare: as registration_changed */
	unlink(registration);
	return 0;
}

void registration_detach(struct registration *registration)
{
	take_out(registration, false);
}

static int reserve(struct registration *registration, const struct registration *wanted,
		   const void *caller)
{
	int error = entry_check(wanted, caller);

	if (error)
		return error;
	if (registration->state != REGISTRATION_NONE)
		return -EINVAL;
	*registration = *wanted;
	error = insert(registration);
	if (error || !registration->interface->entering)
		return error;
	/* bare: who has an entry depends on who defines the interface */
	error = registration->interface->entering(registration);
	if (error)
		registration_detach(registration);
	return error;
}

/* Not one behind the other: in both the return address is the caller's. */
int registration_reserve(struct registration *registration, const struct registration *wanted)
{
	return reserve(registration, wanted, __builtin_return_address(0));
}
EXPORT_SYMBOL(registration_reserve);

int registration_register(struct registration *registration, const struct registration *wanted)
{
	int error = reserve(registration, wanted, __builtin_return_address(0));

	return error ? error : registration_activate(&registration, 1);
}
EXPORT_SYMBOL(registration_register);

int registration_remove(struct registration *registration)
{
	might_sleep();
	if (registration->state == REGISTRATION_NONE)
		return -EINVAL;
	for (const struct call *call = thread_current()->calls; call; call = call->outer)
		if (call->registration == registration)
			return -EDEADLK;
	return take_out(registration, true);
}
EXPORT_SYMBOL(registration_remove);
