/*
 * Bookings of objects that the kernel makes on a module's behalf; the rule stands in the header.
 */
#include <bus/booking.h>

#include "bus_internal.h"

int booking_add(struct booking *booking, struct module *module)
{
	struct owner *owner = owner_of(module);
	int error = 0;

	booking->owner = owner;
	spin_lock(&owner->lock);
	if (owner_takes_bookings(owner))
		list_add_last(&owner->bookings, &booking->in_owner);
	else
		error = -ENODEV;
	spin_unlock(&owner->lock);
	if (error)
		printk(KERN_ERR "%s: %s %s is not made: its module is leaving or has failed\n",
		       owner->name, booking->kind, booking->name);
	return error;
}

void booking_remove(struct booking *booking)
{
	spin_lock(&booking->owner->lock);
	list_remove(&booking->in_owner);
	spin_unlock(&booking->owner->lock);
}

struct booking *booking_take_of(struct owner *owner)
{
	struct booking *booking;

	spin_lock(&owner->lock);
	booking = list_first(&owner->bookings, struct booking, in_owner);
	if (booking)
		list_remove(&booking->in_owner);
	spin_unlock(&owner->lock);
	return booking;
}
