#pragma once

#include <stdbool.h>

#include <sync/held.h>

/*
 * The lock-order check, used by spinlocks and mutexes when debug_enabled. Locks are told apart by
 * their class, the text of their name. Holding class A while taking B is remembered for ever as
 * "A before B"; taking them the other way round, directly or through others, is reported once, as
 * is a class that interrupts take and that is elsewhere held with interrupts on. docs/locking.md
 * has the list that all this must agree with. Context: any but nmi.
 */
/* The number of a class, 0 when there are too many or @name is NULL: those are not checked. */
unsigned lock_order_class(const char *name);
/* Before waiting for a lock of this name with @held held; the number of its class. */
unsigned lock_order_acquire(const struct held_locks *held, const char *name);
/* Before waiting for a spinlock: both checks, but in a panic. Its class. @interrupts_on: while it
 * is held. */
unsigned lock_order_spinlock(const struct spinlock *lock, bool interrupts_on);
