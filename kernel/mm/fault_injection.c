/*
 * Failures on purpose, for one thread at a time: it counts its own operations only, so that the
 * n-th is the same one each time the same work is done.
 */
#include <mm/fault_injection.h>

#include <stddef.h>

#include <lib/errno.h>

#include <kernel/fault_injection.h>
#include <kernel/preempt.h>
#include <kernel/stack.h>

#include <sched/thread.h>

uint32_t fault_injection_armed;

/* Used by @thread alone once it has set the word above from 0 to 1. */
static struct {
	struct thread *thread;
	uint64_t nth, count;
	const char *failed;
} injection;

bool fault_injection_reached(const char *function)
{
	if (READ_ONCE(injection.thread) != thread_current() || in_irq())
		return false;
	if (++injection.count != injection.nth)
		return false;
	injection.failed = function;
	return true;
}

int fault_injection_run_for(struct module *owner, uint64_t nth, int (*function)(void *argument),
			    void *argument, struct fault_injection *injected)
{
	uint32_t unarmed = 0;

	touch_to_write(injected, sizeof(*injected));
	stack_demand(STACK_FOR_CLAIM);
	if (!__atomic_compare_exchange_n(&fault_injection_armed, &unarmed, 1, false,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return -EBUSY;
	injection.nth = nth;
	injection.count = 0;
	injection.failed = NULL;
	WRITE_ONCE(injection.thread, thread_current());
	injected->result =
	    call_without_reference(owner, "failnth", (const void *)function, argument);
	injected->failed = injection.failed;
	injected->count = injection.count;
	WRITE_ONCE(injection.thread, NULL);
	/* Pairs with the acquire of the next one. */
	__atomic_store_n(&fault_injection_armed, 0, __ATOMIC_RELEASE);
	return 0;
}
