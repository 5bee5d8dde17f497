#pragma once

#include "test.h"

/* In place of the kernel's: one thread, which must not take a lock twice or forget it. */
struct spinlock {
	bool held;
};
#define SPINLOCK_INIT(text)                                                                        \
	{                                                                                          \
		false                                                                              \
	}

static inline void spin_lock(struct spinlock *lock)
{
	CHECK(!lock->held);
	lock->held = true;
}

static inline void spin_unlock(struct spinlock *lock)
{
	CHECK(lock->held);
	lock->held = false;
}
