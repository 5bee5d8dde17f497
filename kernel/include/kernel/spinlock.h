#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * Spinlocks. Holding one turns preemption off; the _irqsave kind turns interrupts off too and is
 * needed when an interrupt handler takes the same lock. Not first-come-first-served on purpose: see
 * docs/locking.md. Under `debug` owner, recursion and lock order are checked. Context: any but nmi.
 */
struct spinlock {
	uint32_t held;	  /* [A] 1 while held */
	uint32_t holder;  /* CPU number + 1, for debug; written by the holder */
	const char *name; /* [I] class for the lock-order check */
};

#define SPINLOCK_INIT(text)                                                                        \
	{                                                                                          \
		.name = text                                                                       \
	}
#define DEFINE_SPINLOCK(name) struct spinlock name = SPINLOCK_INIT(#name)

void spin_lock_init(struct spinlock *lock, const char *name);
void spin_lock(struct spinlock *lock);
bool spin_trylock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);
uint64_t spin_lock_irqsave(struct spinlock *lock); /* returns the flags to restore */
void spin_unlock_irqrestore(struct spinlock *lock, uint64_t flags);
bool spin_is_held(const struct spinlock *lock); /* by this CPU */

/* For modules, whose functions with _locked in their name say so: what must be so. Else a fault
 * there ends the call and fails the module. */
#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (unlikely(!(condition)))                                                        \
			__builtin_trap();                                                          \
	} while (0)
