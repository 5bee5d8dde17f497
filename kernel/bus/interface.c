/*
 * The list of interfaces: kinds of callbacks, as data. An interface is known from registering until
 * unregistering, and it is not unregistered while it has entries, so an entry's interface is always
 * there.
 */
#include <kernel/bus.h>
#include <kernel/statistics.h>

#include "bus_internal.h"

static DEFINE_SPINLOCK(interface_list_lock);
static struct list_node interfaces = LIST_INIT(interfaces); /* [L] in order of registering */

uint64_t interfaces_lock(void)
{
	return spin_lock_irqsave(&interface_list_lock);
}

void interfaces_unlock(uint64_t flags)
{
	spin_unlock_irqrestore(&interface_list_lock, flags);
}

struct interface *interface_next_locked(struct interface *interface)
{
	struct list_node *next = interface ? interface->all.next : interfaces.next;

	return next == &interfaces ? NULL : list_entry(next, struct interface, all);
}

int interface_register_at(struct interface *interface, struct module *owner,
			  const struct place *place)
{
	uint64_t flags;

	if (!interface->name || !owner_row_valid(owner))
		return -EINVAL;
	interface->owner = owner;
	interface->place = place;
	spin_lock_init(&interface->lock, "interface");
	list_init(&interface->registrations);
	flags = interfaces_lock();
	list_add_last(&interfaces, &interface->all);
	interfaces_unlock(flags);
	return 0;
}
EXPORT_SYMBOL(interface_register_at);

int interface_unregister(struct interface *interface)
{
	uint64_t flags;
	bool empty;

	flags = interfaces_lock();
	empty = list_is_empty(&interface->registrations);
	if (empty)
		list_remove(&interface->all);
	interfaces_unlock(flags);
	return empty ? 0 : -EBUSY;
}
EXPORT_SYMBOL(interface_unregister);

unsigned registration_count(void)
{
	unsigned count = 0;
	uint64_t flags = interfaces_lock();

	for (struct interface *interface = interface_next_locked(NULL); interface;
	     interface = interface_next_locked(interface))
		count += (unsigned)list_count(&interface->registrations);
	interfaces_unlock(flags);
	return count;
}
EXPORT_SYMBOL(registration_count);
