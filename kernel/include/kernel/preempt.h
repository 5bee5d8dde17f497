#pragma once

#include <stdbool.h>
#include <stdint.h>

/*
 * Preemption. The count of this CPU stands at gs:CPU_PREEMPT_COUNT; its top bit is *set* while no
 * reschedule is wanted, so that the count is zero exactly when the last section ends and another
 * thread should run. Only its own CPU writes it. A new CPU starts with PREEMPT_NO_RESCHED.
 */
#define CPU_CURRENT_THREAD 0x08
#define CPU_PREEMPT_COUNT 0x10
#define CPU_IRQ_DEPTH 0x14
#define CPU_ID 0x18
#define PREEMPT_NO_RESCHED 0x80000000u

struct thread;

void preempt_reschedule(void); /* called when the count reaches zero; saves nothing special */

static inline void preempt_disable(void)
{
	asm volatile("incl %%gs:%c0" : : "i"(CPU_PREEMPT_COUNT) : "memory", "cc");
}

static inline void preempt_enable(void)
{
	bool wanted;

	asm volatile("decl %%gs:%c1" : "=@ccz"(wanted) : "i"(CPU_PREEMPT_COUNT) : "memory");
	if (__builtin_expect(wanted, 0))
		preempt_reschedule();
}

static inline uint32_t preempt_count(void)
{
	uint32_t count;

	asm volatile("movl %%gs:%c1, %0" : "=r"(count) : "i"(CPU_PREEMPT_COUNT));
	return count & ~PREEMPT_NO_RESCHED;
}

/* The number of this CPU, 0 to cpu_count()-1; stays true only while preemption is off. */
static inline unsigned cpu_id(void)
{
	unsigned id;

	asm volatile("movl %%gs:%c1, %0" : "=r"(id) : "i"(CPU_ID));
	return id;
}

static inline bool in_irq(void)
{
	uint32_t depth;

	asm volatile("movl %%gs:%c1, %0" : "=r"(depth) : "i"(CPU_IRQ_DEPTH));
	return depth != 0;
}

static inline struct thread *thread_current(void)
{
	struct thread *current;

	asm volatile("movq %%gs:%c1, %0" : "=r"(current) : "i"(CPU_CURRENT_THREAD));
	return current;
}

unsigned cpu_count(void); /* CPUs that run; constant once modules load */

/*
 * At the beginning of what may sleep: false, and one line in the log that names the module with
 * @place in it, where sleeping is forbidden (preemption or interrupts off). The function then
 * returns -EDEADLK, or without having slept. Context: any but nmi.
 */
bool may_sleep_at(const void *place);
