#pragma once

#include <stdbool.h>

#include <kernel/preempt.h>

/*
 * The top bit of the preempt count (<kernel/preempt.h>): clear while this CPU should reschedule or
 * answer a stop as soon as no section is left. Only its own CPU changes it, in one instruction.
 */
static inline void resched_request(void)
{
	asm volatile("andl %1, %%gs:%c0"
		     :
		     : "i"(CPU_PREEMPT_COUNT), "i"(~PREEMPT_NO_RESCHED)
		     : "memory", "cc");
}

static inline void preempt_unwant(void)
{
	asm volatile("orl %1, %%gs:%c0"
		     :
		     : "i"(CPU_PREEMPT_COUNT), "i"(PREEMPT_NO_RESCHED)
		     : "memory", "cc");
}

static inline bool preempt_is_wanted(void)
{
	uint32_t count;

	asm volatile("movl %%gs:%c1, %0" : "=r"(count) : "i"(CPU_PREEMPT_COUNT) : "memory");
	return (count & PREEMPT_NO_RESCHED) == 0;
}

/* preempt_enable without a look at what is wanted; true when the count is zero and something is. */
static inline bool preempt_enable_only(void)
{
	bool wanted;

	asm volatile("decl %%gs:%c1" : "=@ccz"(wanted) : "i"(CPU_PREEMPT_COUNT) : "memory");
	return wanted;
}
