/*
 * The locks that a CPU or a thread holds, when they are not released in the order of the textbook.
 */
#include <sync/held.h>

#include <string.h>

#include <arch/control.h>

DEFINE_PER_CPU(struct held_locks, spinlocks_held);

static uint32_t known(const struct held_locks *held)
{
	return min(held->count, (uint32_t)HELD_LIMIT);
}

const struct held_lock *held_find(const struct held_locks *held, const struct spinlock *lock)
{
	for (uint32_t i = known(held); i > 0; i--)
		if (held->locks[i - 1].lock == lock)
			return &held->locks[i - 1];
	return NULL;
}

/* One that is not found may be one of those beyond the limit. */
bool held_remove_any(struct held_locks *held, const struct spinlock *lock)
{
	uint64_t flags = irq_save();
	const struct held_lock *found = held_find(held, lock);
	bool held_here = found || held->count > HELD_LIMIT;

	if (found) {
		size_t at = (size_t)(found - held->locks);

		memmove(&held->locks[at], &held->locks[at + 1],
			(known(held) - at - 1) * sizeof(*found));
		held->locks[known(held) - 1].class = 0;
	}
	held->count -= held_here;
	irq_restore(flags);
	return held_here;
}
