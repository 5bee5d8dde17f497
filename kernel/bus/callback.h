#pragma once

#include <stdbool.h>
#include <stdint.h>

struct call;
struct guard;
struct guarded;
struct module;
struct owner;

/* What a callback must leave as it found it, of whatever kind it is. */
struct callback_state {
	const struct module *owner;
	const void *function;
	bool faulted;		  /* it has not returned */
	bool or_before;		  /* it, or one before it in its walk */
	uint32_t preempt_count;	  /* of this CPU, without PREEMPT_NO_RESCHED */
	uint32_t spinlocks;	  /* how many this CPU holds */
	uint32_t mutexes;	  /* how many the thread holds */
	uint64_t flags;		  /* of the processor */
	const struct call *calls; /* the innermost that has not been begun in it; NULL: none */
	uint64_t wait;		  /* the number of the innermost, likewise; 0: none */
};

struct callback_state callback_of_call(struct call *call);
struct callback_state callback_of_guard(const struct guard *guard, const struct guarded *slot,
					uint64_t flags);

/* May a fault end it? Not where the kernel holds a lock that it has taken since. */
bool callback_can_end(const struct callback_state *before);
/*
 * A fault ends it: gives back what it has taken since, the preempt count too. The flags to go on
 * with are in before->flags then. Context: exception.
 */
void callback_end_faulted(struct callback_state *before);

/*
 * @function of the kernel's own, which neither sleeps nor takes a lock, at what @owner has: a fault
 * over what the owner has written over ends it, and the owner, which then fails. Context: atomic.
 */
void callback_at(struct owner *owner, int (*function)(void *argument), void *argument);

/* It has returned, and left something otherwise than it found it. From assembly. False: the record
 * of the call, begun for code at @place, is none any more. */
bool call_unbalanced(struct call *call, const void *place);
void walk_unbalanced(struct guard *guard);
