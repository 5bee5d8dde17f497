/*
 * Claims: which party ends an entry. The thread that makes itself an entry's claimant, under the
 * lock of the entry's owner, is the only one that enters or ends it; every other party waits until
 * there is no claimant. A claimed entry stays in both lists, so its owner's sweep, which goes on
 * until its list is empty, cannot finish: the claim is what holds the owner of an entry that the
 * sweep of its interface ends. A party that waits looks at lists and claimants under their locks,
 * and not at an entry that it has not claimed, unless the entry's memory is its own.
 */
#include <kernel/bus.h>

#include <kernel/delay.h>

#include <log/panic.h>
#include <sched/thread.h>

#include "bus_internal.h"

/* Woken when an entry or an interface has a claimant no more. */
DEFINE_WAIT_QUEUE(registration_released);

/* Is the entry of @owner the caller's now? */
static bool claim_locked(const struct owner *owner, struct registration *registration)
{
	ASSERT(spin_is_held(&owner->lock));
	if (registration->claimant)
		return false;
	registration->claimant = thread_current();
	return true;
}

void registration_release(struct registration *registration)
{
	struct owner *owner = owner_of(registration->owner);

	delay_here();
	spin_lock(&owner->lock);
	registration->claimant = NULL;
	spin_unlock(&owner->lock);
	wait_queue_wake(&registration_released);
}

/* False: all that is left is claimed by others, which will let it go. */
static bool claim_first_of(struct owner *owner, struct registration **claimed)
{
	struct registration *registration;
	bool left = false;

	*claimed = NULL;
	spin_lock(&owner->lock);
	list_for_each(registration, &owner->registrations, in_owner) {
		left = true;
		if (!claim_locked(owner, registration))
			continue;
		*claimed = registration;
		break;
	}
	spin_unlock(&owner->lock);
	return *claimed || !left || READ_ONCE(owner->damaged);
}

struct registration *registration_claim_of(struct owner *owner)
{
	struct registration *claimed;

	wait_event(&registration_released, claim_first_of(owner, &claimed));
	return claimed;
}

static bool claim_first_in(struct interface *interface, struct registration **claimed)
{
	struct registration *registration;
	bool left = false;

	*claimed = NULL;
	spin_lock(&interface->lock);
	list_for_each(registration, &interface->registrations, in_interface) {
		struct owner *owner = owner_of(registration->owner);

		if (READ_ONCE(owner->damaged))
			continue;
		left = true;
		spin_lock(&owner->lock);
		if (claim_locked(owner, registration))
			*claimed = registration;
		spin_unlock(&owner->lock);
		if (*claimed)
			break;
	}
	spin_unlock(&interface->lock);
	return *claimed || !left;
}

struct registration *registration_claim_in(struct interface *interface)
{
	struct registration *claimed;

	wait_event(&registration_released, claim_first_in(interface, &claimed));
	return claimed;
}

/* -EBUSY: another thread is its claimant. A sweep's mark is taken away unless a thread registers it
 * again. */
static int try_claim(struct registration *registration)
{
	struct owner *owner = owner_of(registration->owner);
	uint32_t ended = REGISTRATION_ENDED;
	int error = 0;

	spin_lock(&owner->lock);
	if (!registration_is_listed(registration)) {
		error = -ESRCH;
		__atomic_compare_exchange_n(&registration->state, &ended, REGISTRATION_NONE, false,
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	} else if (!claim_locked(owner, registration)) {
		if (registration->claimant == thread_current())
			error = -EDEADLK;
		else
			error = READ_ONCE(owner->damaged) ? -ENOTRECOVERABLE : -EBUSY;
	}
	spin_unlock(&owner->lock);
	return error;
}

int registration_claim(struct registration *registration)
{
	int error;

	wait_event(&registration_released, (error = try_claim(registration)) != -EBUSY);
	return error;
}
