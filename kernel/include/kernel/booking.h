#pragma once

#include <lib/list.h>

#include <kernel/module.h>
#include <kernel/source_location.h>

/*
 * Bookings: objects that one party makes on a module's behalf, such as an open file, and that the
 * sweep must end when the module does not. Embedded in the object, zeroed before first use. It is
 * ended by the party that takes it off its owner's list: the code that ends the object
 * (booking_remove), or the sweep, which then calls @end. The sweep takes bookings when no code of
 * the owner runs any more.
 *
 * @end belongs to the kernel or to a module that the owner depends on, which is therefore there
 * until the owner has gone. It runs in a call on that module: a fault in it is that module's end.
 * It is not called when that module has failed, or is the owner itself: the object's memory is its
 * own, and goes with it.
 */
struct booking {
	struct list_node in_owner; /* [L] of the owner */
	struct owner *owner;	   /* [L] of the owner; [A] from NULL, which is: not booked */
	const struct source_location *place;  /* [I] */
	const char *kind, *name;	      /* [I] for reports; they live as long as the object */
	void (*end)(struct booking *booking); /* [I] ends the object; context: thread */
};

/* Books it to @owner. -ENODEV: the owner's sweep has begun, or it has failed; -EINVAL: @owner is no
 * module, @end or the place lies in what @owner does not depend on, or it is booked already.
 * Context: any but irq and nmi. */
int booking_add(struct booking *booking, struct module *owner);
/* Nothing when it is not booked. */
void booking_remove(struct booking *booking);
