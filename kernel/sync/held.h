#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

#include <kernel/percpu.h>
#include <kernel/spinlock.h>

/*
 * Which locks are held: by one CPU (spinlocks) or one thread (mutexes, each told by the spinlock
 * inside it), oldest first, each with the place that took it. Only that CPU, with preemption off,
 * or that thread writes it; an interrupt between leaves it as it found it. So the end of a callback
 * sees what the callback has left, and can name it and give it back (bus/callback.c).
 */
#define HELD_LIMIT 16

struct held_lock {
	struct spinlock *lock;
	const void *place; /* return address of the function that took it */
	uint16_t class;	   /* under `debug`: for lock_order.h */
	bool irq_off;	   /* it turned interrupts off */
};

struct held_locks {
	uint32_t count; /* may exceed the limit: the locks beyond are not told apart */
	struct held_lock locks[HELD_LIMIT];
};

DECLARE_PER_CPU(struct held_locks, spinlocks_held);

static inline void held_add(struct held_locks *held, struct held_lock lock)
{
	uint32_t at = held->count;

	WRITE_ONCE(held->count, at + 1); /* first: an interrupt then writes behind it */
	barrier();
	if (likely(at < HELD_LIMIT))
		held->locks[at] = lock;
}

/* Locks may be released in any order. False: it is not held. An entry that is given up keeps no
 * class: an interrupt that comes between the two stores of held_add finds it there as it was left.
 */
bool held_remove_any(struct held_locks *held, const struct spinlock *lock);

/* False: nothing was removed, since @lock is not the last that was taken. */
static inline bool held_remove_last(struct held_locks *held, const struct spinlock *lock)
{
	uint32_t last = held->count - 1;

	if (unlikely(last >= HELD_LIMIT || held->locks[last].lock != lock))
		return false;
	held->locks[last].class = 0;
	barrier();
	WRITE_ONCE(held->count, last);
	return true;
}

static inline bool held_remove(struct held_locks *held, const struct spinlock *lock)
{
	return held_remove_last(held, lock) || held_remove_any(held, lock);
}

/* The entry of @lock; NULL: it is not among those that are told apart. */
const struct held_lock *held_find(const struct held_locks *held, const struct spinlock *lock);
