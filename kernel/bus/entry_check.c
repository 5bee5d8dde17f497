/*
 * What is looked at before an entry is booked: its owner, the code that registers it, its name and
 * its callbacks. Reading what a module hands over may fault, so all of it is read here, before a
 * lock is taken.
 */
#include <kernel/bus.h>

#include <string.h>

#include <kernel/preempt.h>

#include <sched/thread.h>
#include <bus/call.h>

#include "bus_internal.h"

#define NAME_LONGEST 63

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

static bool may_register(const struct owner *owner, const void *caller)
{
	const struct owner *by;

	if (owner_has(owner, OWNER_INIT_TEXT, (uint64_t)caller) ||
	    owner_has(owner, OWNER_TEXT, (uint64_t)caller))
		return true;
	by = who_calls(caller);
	return by == owner || by == &kernel_owner || owner_depends_on(owner, by);
}

static int check_callbacks(const struct registration *wanted, const struct owner *owner)
{
	const struct interface *interface = wanted->interface;

	for (unsigned i = 0; i < interface->operation_count; i++) {
		const void *callback = wanted->operations ? wanted->operations[i] : NULL;

		if (!callback && !(interface->required >> i & 1))
			continue;
		if (callback && owner_may_call_back(owner, callback))
			continue;
		printk(KERN_ERR "%s: %s: %s is %s\n", owner->name, interface->name,
		       interface->operations[i],
		       !callback ? "missing"
		       : owner_has(owner, OWNER_INIT_TEXT, (uint64_t)callback)
			   ? "in init text, which is freed after init: take __init off"
			   : "outside the text of its owner and of what that depends on");
		return -EINVAL;
	}
	return 0;
}

int entry_check(const struct registration *wanted, const void *caller)
{
	const struct interface *interface = wanted->interface;
	const char *name = wanted->name;
	const struct owner *owner;

	if (!owner_row_valid(wanted->owner)) {
		printk(KERN_ERR "bus: %s: the owner given is not a module\n", interface->name);
		return -EINVAL;
	}
	owner = owner_of(wanted->owner);
	if (!may_register(owner, caller)) {
		printk(KERN_ERR "%s: %s: registered by code that is neither the owner nor one it "
				"depends on\n",
		       owner->name, interface->name);
		return -EPERM;
	}
	if (!name || !name[0] || strnlen(name, NAME_LONGEST + 1) > NAME_LONGEST)
		return -EINVAL;
	/* The kernel's own may leave out what nobody gets to. */
	return owner == &kernel_owner ? 0 : check_callbacks(wanted, owner);
}
