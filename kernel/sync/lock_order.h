#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * The lock-order check, used by spinlocks and mutexes when debug_enabled. Locks are told apart by
 * their class, the text of their name. Holding class A while taking B is remembered for ever as
 * "A before B"; taking them the other way round, directly or through others, is reported once, as
 * is a class that interrupts take and that is elsewhere held with interrupts on. docs/locking.md
 * has the list that all this must agree with. Context: any but nmi.
 */
#define LOCK_HELD_LIMIT 16

/* What one CPU (spinlocks) or one thread (mutexes) holds; zeroed at first. Its user alone writes.
 */
struct lock_held {
	uint32_t count; /* may exceed the limit: those beyond are not checked */
	uint8_t classes[LOCK_HELD_LIMIT];
};

/* Before waiting for a lock of class @name / after it has been released. */
void lock_order_acquire(struct lock_held *held, const char *name);
void lock_order_release(struct lock_held *held, const char *name);
/* The lock has been taken without waiting: no order follows from that, but it is held. */
void lock_order_note(struct lock_held *held, const char *name);
/* A spinlock of this class is taken in this context; for the second check. */
void lock_order_context(const char *name, bool in_interrupt, bool interrupts_on);
