#pragma once

#include <kernel/hook.h>

/* What matrix, matrix_provider and matrix_consumer have for each other. */

/* What an actor does when it is told to play a part; @value belongs to the part. */
enum part {
	PART_FAULT,	  /* faults in the call */
	PART_FAULT_TIMER, /* arms timer @value, which faults */
	PART_FAULT_IRQ,	  /* registers handler @value, which faults */
	PART_FAULT_WORK,  /* queues work item @value, which faults */
	PART_FAULT_OWN,	  /* a thread of its own faults */
	PART_THREAD,	  /* makes a thread and stops it */
	PART_REGISTER,	  /* registers entry @value in the provider's interface */
	PART_UNREGISTER,
	PART_SLEEP,	 /* @value ns */
	PART_QUIT,	 /* takes all its entries out but the actor */
	PART_CALL_EXTRA, /* the provider calls the extra entry, which sleeps @value ns */
	PART_CALL_FAULT, /* the provider calls the consumer, which faults */
	PART_SPAN_FAULT, /* the same in a span */
};

#define ENTRIES 3u /* one that is there before the round, and one for each side */

struct actor;

struct actor_operations {
	int (*play)(struct actor *actor, unsigned part, uint64_t value);
};

struct actor {
	const char *name;
	const struct actor_operations *operations;
	struct registration registration;
};

extern struct interface actor_interface; /* matrix's */
#define actor_register(entry)                                                                      \
	REGISTRATION_ENTER(register, actor, &actor_interface, entry, THIS_MODULE)
#define actor_unregister(entry) REGISTRATION_LEAVE(actor, entry)

/* What is sent through the hook points: a hook of the consumer's may fault. */
struct message {
	bool fault;
	bool met; /* set by the hook */
};
extern struct hook_point matrix_point;	 /* matrix's */
extern struct hook_point provided_point; /* matrix_provider's */

struct served_operations {
	int (*run)(unsigned part, uint64_t value);
};

struct served {
	const char *name;
	const struct served_operations *operations;
	struct registration registration;
};

extern struct interface served_interface; /* matrix_provider's */
#define served_register(entry)                                                                     \
	REGISTRATION_ENTER(register, served, &served_interface, entry, THIS_MODULE)
#define served_unregister(entry) REGISTRATION_LEAVE(served, entry)

/* Which of the provider's own functions for that interface fault: FAULTY_…. */
#define FAULTY_ENTERING 0x1u
#define FAULTY_CHANGED 0x2u
#define FAULTY_LEFT 0x4u
extern unsigned faulty; /* [A] matrix's */

/* How often an init has run; of the provider's, in which such a function has faulted. */
extern unsigned consumer_births, provider_births, provider_faulted; /* [A] matrix's */

static inline void fault(void)
{
	static volatile uintptr_t nowhere = 8;

	*(volatile int *)nowhere = 1;
}
