#pragma once

#include <lib/list.h>

#include <kernel/module.h>

#include <bus/owner.h>

/*
 * Bookings: objects that the kernel makes on a module's behalf, such as an open file, and that the
 * sweep must end when the module does not. Embedded in the object. It is ended by the party that
 * takes it off its owner's list: the code that ends the object (booking_remove), or the sweep,
 * which then calls @end. The sweep takes bookings when no code of the owner runs any more.
 */
struct booking {
	struct list_node in_owner;	      /* [L] of the owner */
	struct owner *owner;		      /* [I] */
	const struct place *place;	      /* [I] */
	const char *kind, *name;	      /* [I] for reports; they live as long as the object */
	void (*end)(struct booking *booking); /* [I] ends the object; context: thread */
};

/* Books it to @owner. -ENODEV: the owner's sweep has begun, or it has failed. Context: any but irq
 * and nmi. */
int booking_add(struct booking *booking, struct module *owner);
void booking_remove(struct booking *booking);
/* For the sweep: the oldest of @owner's, taken off; NULL: none is left. */
struct booking *booking_take_of(struct owner *owner);
