/*
 * Interfaces: kinds of callbacks as data. An interface stands in its owner's list from register
 * until it has ended. It is ended by interface_unregister, at once, since that is refused while it
 * has entries; or by the sweep of its owner, which makes itself the claimant and ends the entries
 * of other owners one by one; interface_unregister waits for that.
 *
 * The functions of an interface's own are called here. A fault in one fails the module that defines
 * the interface and not the module whose entry it is told of: `entering` has then refused the
 * entry, `left` is over. The functions of a failed module are not called.
 */
#include <kernel/bus.h>

#include <kernel/delay.h>
#include <kernel/guard.h>
#include <kernel/module.h>
#include <kernel/preempt.h>

#include <log/misuse.h>
#include <log/panic.h>
#include <sched/thread.h>

#include "bus_internal.h"

int interface_register_at(struct interface *interface, struct module *module,
			  const struct source_location *place)
{
	const void *caller = __builtin_return_address(0);
	int error = may_sleep() ? interface_check(interface, module, place, caller) : -EDEADLK;
	struct owner *owner;

	if (error)
		return error;
	owner = owner_of(module);
	interface->lock.name =
	    "interface"; /* all else of it is zero, or in use by another thread */
	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	if (interface->owner) {
		error = -EINVAL; /* by another thread, since it was looked at */
	} else if (owner_takes_bookings(owner)) {
		interface->place = place;
		interface->claimant = NULL;
		list_init(&interface->registrations);
		interface->closed = 0;
		list_add_last(&owner->interfaces, &interface->in_owner);
		interface->owner = module; /* from here it can be entered */
	} else {
		error = -ENODEV;
	}
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	return error;
}

/* A sweep claims an interface with its owner's lock and looks through its list afterwards, with the
 * interface's lock: it sees each entry that was let in before. */
bool interface_takes_entries(const struct interface *interface)
{
	return interface->owner && !READ_ONCE(interface->claimant) &&
	       READ_ONCE(interface->owner->state) != MODULE_FAILED;
}

/* Both locks are held. */
static void unlink_locked(struct interface *interface)
{
	ASSERT(spin_is_held(&interface->lock));
	list_remove(&interface->in_owner);
	interface->owner = NULL; /* from here it cannot be entered */
}

static int try_unregister(struct interface *interface)
{
	struct owner *owner;
	int error = 0;

	spin_lock(&interface->lock);
	if (interface->owner) {
		owner = owner_of(interface->owner);
		spin_lock(&owner->lock);
		if (interface->claimant == thread_current())
			error = -EDEADLK;
		else if (interface->claimant)
			error = READ_ONCE(owner->damaged) ? -ENOTRECOVERABLE : -EAGAIN;
		else if (!list_is_empty(&interface->registrations))
			error = -EBUSY;
		else
			unlink_locked(interface);
		spin_unlock(&owner->lock);
	}
	spin_unlock(&interface->lock);
	return error;
}

int interface_unregister(struct interface *interface)
{
	int error;

	if (!may_sleep())
		return -EDEADLK;
	delay_here();
	wait_event(&registration_released, (error = try_unregister(interface)) != -EAGAIN);
	return error;
}

/* False: all that are left are claimed by others, which will end them. */
static bool claim_first(struct owner *owner, struct interface **claimed)
{
	struct interface *interface;
	bool over;

	*claimed = NULL;
	spin_lock(&owner->lock);
	list_for_each(interface, &owner->interfaces, in_owner)
		if (!*claimed && !interface->claimant)
			*claimed = interface;
	if (*claimed)
		(*claimed)->claimant = thread_current();
	over = *claimed || list_is_empty(&owner->interfaces);
	spin_unlock(&owner->lock);
	return over || READ_ONCE(owner->damaged);
}

struct interface *interface_claim_of(struct owner *owner)
{
	struct interface *claimed;

	wait_event(&registration_released, claim_first(owner, &claimed));
	return claimed;
}

void interface_end(struct interface *interface, struct owner **at)
{
	struct owner *owner = owner_of(interface->owner);
	struct registration *registration;

	while ((registration = registration_claim_in(interface))) {
		*at = owner_of(registration->owner);
		registration_end(registration);
		*at = NULL;
	}
	delay_here();
	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	unlink_locked(interface);
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	wait_queue_wake(&registration_released);
}

/*
 * The kernel's functions, and those of a module that the interface's own depends on, keep things
 * for others, such as chains of hooks. They run for the entry's module: a fault over what that has
 * written over is its fault, and they are not left out when the interface's own has failed. Their
 * module cannot have gone.
 */
static bool is_lent(const struct interface *interface, const void *function)
{
	const struct owner *owner = owner_of_address((uint64_t)function);

	return interface->owner == THIS_MODULE || (owner && owner->handle != interface->owner);
}

static struct module *told(const struct registration *registration, const void *function)
{
	const struct interface *interface = registration->interface;

	if (is_lent(interface, function))
		return registration->owner;
	return interface->owner->state == MODULE_FAILED ? NULL : interface->owner;
}

int interface_tell(struct registration *registration, const void *function, const char *what)
{
	struct module *module = told(registration, function);

	return module ? call_without_reference(module, what, function, registration) : -ENODEV;
}

void interface_tell_change(struct registration *registration, bool callable)
{
	const void *function = (const void *)registration->interface->changed;
	struct guarded_one one = {1, {function, registration, told(registration, function)}};

	if (one.slot.owner)
		call_guarded(&one, (void *)(uint64_t)callable);
}
