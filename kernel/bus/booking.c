/*
 * Bookings of objects that are made on a module's behalf; the rule stands in the header.
 */
#include <kernel/booking.h>

#include <log/misuse.h>
#include <log/panic.h>
#include <mm/admission.h>
#include <sched/thread.h>

#include "bus_internal.h"

/* Can it be read as long as the owner is there? */
static bool place_stays(const struct owner *owner, const struct source_location *place)
{
	return owner_reaches(owner, OWNER_DATA, place) &&
	       owner_reaches(owner, OWNER_DATA, place->file);
}

bool booking_admit(const struct module *module, const struct source_location *place,
		   const char *what, const void *caller)
{
	const struct owner *owner = owner_row_valid(module) ? owner_of(module) : NULL;

	if (likely(owner && place_stays(owner, place)))
		return true;
	misuse(caller, "%s is booked to %s by code that it does not use: give THIS_MODULE and HERE",
	       what, owner ? owner->name : "what is no module");
	return false;
}

static int refuse(const struct owner *owner, const struct booking *booking, int error,
		  const char *why)
{
	printk(KERN_ERR "%s: %s %pE is not made: %s\n", owner->name, booking->kind, booking->name,
	       why);
	return error;
}

int booking_add(struct booking *booking, struct module *module)
{
	struct owner *owner, *none = NULL;
	int error = 0;

	if (!owner_row_valid(module))
		return -EINVAL;
	owner = owner_of(module);
	if (!place_stays(owner, booking->place))
		return refuse(owner, booking, -EINVAL,
			      "its place is not in data of the module or of what that depends on");
	if (!owner_reaches(owner, OWNER_TEXT, (const void *)booking->end))
		return refuse(owner, booking, -EINVAL,
			      "its end is in a text that the module does not depend on");
	spin_lock(&owner->lock);
	if (!owner_takes_bookings(owner))
		error = -ENODEV;
	else if (!__atomic_compare_exchange_n(&booking->owner, &none, owner, false,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		error = -EINVAL;
	else
		list_add_last(&owner->bookings, &booking->in_owner);
	spin_unlock(&owner->lock);
	if (error == -EINVAL)
		return refuse(owner, booking, error, "it is booked already");
	return error ? refuse(owner, booking, error, "its module is leaving or has failed") : 0;
}

static void take_locked(struct owner *owner, struct booking *booking)
{
	ASSERT(spin_is_held(&owner->lock));
	list_remove(&booking->in_owner);
	booking->owner = NULL;
}

void booking_remove(struct booking *booking)
{
	struct owner *owner = READ_ONCE(booking->owner);

	if (!owner)
		return;
	spin_lock(&owner->lock);
	if (booking->owner == owner)
		take_locked(owner, booking);
	spin_unlock(&owner->lock);
}

struct booking *booking_take_of(struct owner *owner)
{
	struct booking *booking;

	spin_lock(&owner->lock);
	booking = list_first(&owner->bookings, struct booking, in_owner);
	if (booking)
		take_locked(owner, booking);
	spin_unlock(&owner->lock);
	return booking;
}

void booking_end(struct booking *booking, const struct owner *owner)
{
	const struct owner *definer = owner_of_address((uint64_t)booking->end);

	if (definer == &kernel_owner)
		booking->end(booking); /* bare: the kernel's own */
	else if (definer && definer != owner && definer->handle->state != MODULE_FAILED)
		call_without_reference(definer->handle, "end", (const void *)booking->end, booking);
}
