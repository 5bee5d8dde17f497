/*
 * Sleeping and waking, for all that waits. The one rule: who waits first says SLEEPING and then
 * looks at the condition, who wakes first changes the condition and then looks at the state; so one
 * of them sees the other, and no wake-up is lost. A wake may come for nothing: whoever sleeps looks
 * again.
 */
#include <sched/sched.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <log/panic.h>
#include <sched/thread.h>

#include "run_queue.h"

void thread_wake(struct thread *thread)
{
	uint64_t flags;
	struct run_queue *queue = run_queue_lock_of(thread, &flags);
	unsigned cpu;

	if (thread->state != THREAD_SLEEPING)
		goto unlock;
	WRITE_ONCE(thread->state, THREAD_RUNNING);
	if (thread->queued) /* it has not gone to sleep yet, and will not now */
		goto unlock;
	thread->queued = true;
	cpu = run_queue_choose(thread);
	if (cpu != (unsigned)thread->cpu) {
		/* Nobody else touches it: it runs nowhere, sleeps no more and is in no queue. */
		thread->cpu = (int32_t)cpu;
		spin_unlock(&queue->lock);
		queue = per_cpu_pointer(run_queue, cpu);
		spin_lock(&queue->lock);
	}
	run_queue_add_locked(queue, thread, cpu);
unlock:
	spin_unlock_irqrestore(&queue->lock, flags);
}

void sleep_prepare(void)
{
	/* A full barrier: pairs with the lock that thread_wake takes before it looks. */
	__atomic_exchange_n(&thread_current()->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
}

void sleep_finish(void)
{
	WRITE_ONCE(thread_current()->state, THREAD_RUNNING);
}

static void end_sleep(struct timer *timer, void *thread)
{
	thread_wake(thread);
}

/* Not in the ledger and in no count: it belongs to the sleep, not to an owner. */
void sleep_timer_init(struct thread *thread)
{
	timer_init_at(&thread->timer, end_sleep, thread, NULL, NULL);
}

bool sleep_until(uint64_t deadline)
{
	struct thread *self = thread_current();
	uint64_t now;

	might_sleep();
	if (deadline == WAIT_FOREVER) {
		schedule();
		return true;
	}
	now = time_now();
	if (now >= deadline)
		return false;
	timer_start(&self->timer, deadline - now);
	schedule();
	timer_cancel(&self->timer);
	return time_now() < deadline;
}

void time_sleep(uint64_t nanoseconds)
{
	uint64_t now = time_now();
	uint64_t deadline = nanoseconds < WAIT_FOREVER - now ? now + nanoseconds : WAIT_FOREVER;
	bool more = true;

	while (more) {
		sleep_prepare();
		more = sleep_until(deadline);
	}
	sleep_finish();
}
EXPORT_SYMBOL(time_sleep);

__noinline void might_sleep(void)
{
	if (likely(!debug_enabled) || !thread_current() || panic_under_way())
		return;
	if (preempt_count() == 0 && irq_enabled())
		return;
	panic("sleeping is forbidden here: preempt count %u, interrupts %s, called from %p",
	      preempt_count(), irq_enabled() ? "on" : "off", __builtin_return_address(0));
}
EXPORT_SYMBOL(might_sleep);
