/*
 * Registrations: one owner's entry in one interface. An entry stands in two lists, its interface's
 * and its owner's, from reserve to remove, and only an entry that is active and whose owner is live
 * can be called. Whatever a module hands over is checked before a lock is taken, since reading it
 * may fault.
 */
#include <kernel/bus.h>

#include <string.h>

#include <kernel/preempt.h>
#include <kernel/stop.h>
#include <kernel/time.h>

#include <sched/thread.h>
#include <bus/ledger.h>

#include "bus_internal.h"

#define NAME_LONGEST 63
#define RECHECK (50 * TIME_MS) /* see wait_until_left */

DEFINE_WAIT_QUEUE(registration_left);

static uint64_t next_serial = 1; /* [A] */

/* The module whose code called: by the return address, or, if a call from the kernel (a tail call
 * leaves no address of its own), by the innermost call or the thread. */
static const struct owner *who_calls(const void *caller)
{
	const struct owner *owner = owner_of_address((uint64_t)caller);
	const struct thread *thread = thread_current();

	if (owner && owner != &kernel_owner)
		return owner;
	if (thread->calls)
		return owner_of(thread->calls->owner);
	return thread->owner ? owner_of(thread->owner) : &kernel_owner;
}

bool owner_may_register(const struct owner *owner, const void *caller)
{
	const struct owner *by;

	if (owner_has_init_text(owner, (uint64_t)caller) || owner_has_text(owner, (uint64_t)caller))
		return true;
	by = who_calls(caller);
	return by == owner || by == &kernel_owner || owner_depends_on(owner, by);
}

static int check_callbacks(const struct interface *interface, const void *operations,
			   const struct owner *owner)
{
	const void *const *callbacks = operations;

	for (unsigned i = 0; i < interface->operation_count; i++) {
		const void *callback = callbacks[i];

		if (!callback && !(interface->required >> i & 1))
			continue;
		if (callback && owner_may_call_back(owner, callback))
			continue;
		printk(KERN_ERR "%s: %s: %s is %s\n", owner->name, interface->name,
		       interface->operations[i],
		       !callback ? "missing"
		       : owner_has_init_text(owner, (uint64_t)callback)
			   ? "in init text, which is freed after init: take __init off"
			   : "outside the text of its owner and of what that depends on");
		return -EINVAL;
	}
	return 0;
}

static int check(const struct registration *registration, const struct interface *interface,
		 const char *name, const void *operations, const struct module *module,
		 const void *caller)
{
	const struct owner *owner;

	if (!owner_row_valid(module)) {
		printk(KERN_ERR "bus: %s: the owner given is not a module\n", interface->name);
		return -EINVAL;
	}
	owner = owner_of(module);
	if (!owner_may_register(owner, caller)) {
		printk(KERN_ERR "%s: %s: registered by code that is neither the owner nor one it "
				"depends on\n",
		       owner->name, interface->name);
		return -EPERM;
	}
	if (registration->state != REGISTRATION_NONE || !name || !name[0] ||
	    strnlen(name, NAME_LONGEST + 1) > NAME_LONGEST)
		return -EINVAL;
	return check_callbacks(interface, operations, owner);
}

static struct registration *find_name(const struct interface *interface, const char *name)
{
	struct registration *registration;

	list_for_each(registration, &interface->registrations, in_interface)
		if (strcmp(registration->name, name) == 0)
			return registration;
	return NULL;
}

/* -EEXIST, with the name of who has it in @taken_by. */
static int insert(struct registration *registration, char taken_by[56])
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);
	const struct registration *other = NULL;
	int error = 0;

	spin_lock(&interface->lock);
	if (interface->flags & INTERFACE_UNIQUE)
		other = find_name(interface, registration->name);
	if (other) {
		memcpy(taken_by, owner_of(other->owner)->name, 56);
		error = -EEXIST;
	}
	spin_lock(&owner->lock);
	if (!error && (owner->flags & OWNER_SWEEPING || owner->module->state == MODULE_FAILED))
		error = -ENODEV;
	if (!error) {
		list_add_last(&interface->registrations, &registration->in_interface);
		list_add_last(&owner->registrations, &registration->in_owner);
		registration->state = REGISTRATION_RESERVED;
		if (interface->flags & INTERFACE_UNSAFE)
			owner->flags |= OWNER_UNSAFE;
	}
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
	return error;
}

int registration_reserve(struct registration *registration, struct interface *interface,
			 const char *name, const void *operations, struct module *owner,
			 const struct place *place, const void *caller)
{
	char taken_by[56];
	int error = check(registration, interface, name, operations, owner, caller);

	if (error)
		return error;
	registration->interface = interface;
	registration->owner = owner;
	registration->place = place;
	registration->name = name;
	registration->operations = operations;
	registration->spans = 0;
	registration->serial = __atomic_fetch_add(&next_serial, 1, __ATOMIC_RELAXED);
	error = insert(registration, taken_by);
	if (error == -EEXIST)
		printk(KERN_ERR "%s: %s %s: the name is taken by %s\n", owner_of(owner)->name,
		       interface->name, name, taken_by);
	return error;
}
EXPORT_SYMBOL(registration_reserve);

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

struct activation {
	struct registration *const *set;
	size_t count;
};

/* Stopped: so nobody sees some of the set active and others not, whatever their interfaces. */
static int activate_stopped(void *argument)
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

static int activate_one(struct registration *registration)
{
	struct interface *interface = registration->interface;
	int error = 0;

	if (registration->state == REGISTRATION_NONE)
		return -EINVAL;
	spin_lock(&interface->lock);
	if (registration->state == REGISTRATION_RESERVED) {
		registration->state = REGISTRATION_ACTIVE;
		registration_changed(registration);
	} else {
		error = -EINVAL;
	}
	spin_unlock(&interface->lock);
	return error;
}

int registration_activate(struct registration *const *set, size_t count)
{
	struct activation activation = {set, count};

	if (count == 1)
		return activate_one(set[0]);
	return stop_machine(activate_stopped, &activation, NULL);
}
EXPORT_SYMBOL(registration_activate);

int registration_register(struct registration *registration, struct interface *interface,
			  const char *name, const void *operations, struct module *owner,
			  const struct place *place, const void *caller)
{
	int error =
	    registration_reserve(registration, interface, name, operations, owner, place, caller);

	return error ? error : registration_activate(&registration, 1);
}
EXPORT_SYMBOL(registration_register);

static void unlink(struct registration *registration)
{
	struct interface *interface = registration->interface;
	struct owner *owner = owner_of(registration->owner);

	spin_lock(&interface->lock);
	spin_lock(&owner->lock);
	list_remove(&registration->in_interface);
	list_remove(&registration->in_owner);
	registration->state = REGISTRATION_NONE;
	spin_unlock(&owner->lock);
	spin_unlock(&interface->lock);
}

/* From here no call begins in it. -EBUSY with spans open; -EINVAL when it is not registered. */
static int close_entry(struct registration *registration)
{
	struct interface *interface = registration->interface;
	int error = 0;

	spin_lock(&interface->lock);
	if (registration->state == REGISTRATION_NONE || registration->state == REGISTRATION_GONE) {
		error = -EINVAL;
	} else if (READ_ONCE(registration->spans) > 0) {
		error = -EBUSY;
	} else {
		registration->state = REGISTRATION_GONE;
		registration_changed(registration);
	}
	spin_unlock(&interface->lock);
	return error;
}

void registration_detach(struct registration *registration)
{
	if (close_entry(registration) == 0)
		unlink(registration);
}

/*
 * Waits until no call record names the entry. Records are looked at in a stop: one that was pushed
 * before the entry was closed is seen, one pushed later finds it closed and leaves by itself. Who
 * leaves wakes us; since that look at the entry and the pop of its record are two steps, the wait
 * looks again by itself too. A drained owner (unloading, or not live yet) has no callers to wait
 * for.
 */
static void wait_until_left(struct registration *registration)
{
	if (owner_of(registration->owner)->flags & OWNER_DRAINED)
		return;
	while (registration_calls(registration) > 0)
		wait_event_until(&registration_left, false, time_now() + RECHECK);
}

int registration_remove(struct registration *registration)
{
	int error;

	might_sleep();
	if (registration->state == REGISTRATION_NONE)
		return -EINVAL;
	for (const struct call *call = thread_current()->calls; call; call = call->outer)
		if (call->registration == registration)
			return -EDEADLK;
	error = close_entry(registration);
	if (error)
		return error;
	if (!(registration->interface->flags & INTERFACE_BARE))
		wait_until_left(registration);
	unlink(registration);
	return 0;
}
EXPORT_SYMBOL(registration_remove);
