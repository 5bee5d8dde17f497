/*
 * All that sleeps. The one rule: who waits first says SLEEPING and then looks at the condition, who
 * wakes first changes the condition and then looks at the state; so one of them sees the other, and
 * no wake-up is lost. A wake may come for nothing: whoever sleeps looks again.
 *
 * Wait queues: a waiter leaves the queue under its lock, taken out by who wakes it or by itself; so
 * a thread that has come back from wait_finish is in no queue, and nobody who wakes still looks at
 * it. Mutexes: unlocking hands the mutex to the one that waits longest, in the same critical
 * section, so nobody can slip in between and nobody starves.
 */
#include "sched_internal.h"

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <log/panic.h>
#include <mm/module_window.h>

#define KERNEL_IMAGE 0xffffffff80000000ul

__noinline void might_sleep(void)
{
	if (likely(!debug_enabled) || !thread_current() || panic_under_way())
		return;
	if (preempt_count() == 0 && irq_enabled())
		return;
	panic("sleeping is forbidden here: preempt count %u, interrupts %s", preempt_count(),
	      irq_enabled() ? "on" : "off");
}
EXPORT_SYMBOL(might_sleep);

/* The halves of a sleep: say so, look at the condition, then wait_sleep or unsay. */
static void sleep_prepare(void)
{
	/* A full barrier: pairs with the lock that thread_wake takes before it looks. */
	__atomic_exchange_n(&thread_current()->state, THREAD_SLEEPING, __ATOMIC_SEQ_CST);
}

static void sleep_finish(void)
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

bool wait_sleep(uint64_t deadline)
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
EXPORT_SYMBOL(wait_sleep);

static void sleep_through(uint64_t deadline, bool until_stop)
{
	bool more = true;

	while (more) {
		sleep_prepare();
		if (until_stop && thread_should_stop())
			break;
		more = wait_sleep(deadline);
	}
	sleep_finish();
}

void time_sleep(uint64_t nanoseconds)
{
	uint64_t now = time_now();

	sleep_through(nanoseconds < WAIT_FOREVER - now ? now + nanoseconds : WAIT_FOREVER, false);
}
EXPORT_SYMBOL(time_sleep);

bool thread_sleep_until_stop(uint64_t deadline)
{
	sleep_through(deadline, true);
	return thread_should_stop();
}
EXPORT_SYMBOL(thread_sleep_until_stop);

void wait_queue_init(struct wait_queue *queue)
{
	spin_lock_init(&queue->lock, "wait_queue");
	list_init(&queue->waiters);
}
EXPORT_SYMBOL(wait_queue_init);

/* NULL: nobody waits. */
static struct thread *wake_first_locked(struct wait_queue *queue)
{
	struct waiter *waiter = list_first(&queue->waiters, struct waiter, node);
	struct thread *thread = waiter ? waiter->thread : NULL;

	if (waiter) {
		list_remove(&waiter->node);
		waiter->thread = NULL;
		thread_wake(thread);
	}
	return thread;
}

/* The condition has been changed; whoever is not in the queue yet will see that. */
void wait_queue_wake(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	while (wake_first_locked(queue))
		;
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_queue_wake);

void wait_prepare(struct wait_queue *queue, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	if (!waiter->thread) {
		waiter->thread = thread_current();
		waiter->thread->waits_in = queue;
		waiter->thread->waiter = waiter;
		list_add_last(&queue->waiters, &waiter->node);
	}
	sleep_prepare();
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_prepare);

void wait_finish(struct wait_queue *queue, struct waiter *waiter)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	sleep_finish();
	thread_current()->waiter = NULL;
	if (waiter->thread)
		list_remove(&waiter->node);
	waiter->thread = NULL;
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_finish);

void wait_abandon(const void *limit)
{
	struct thread *self = thread_current();
	struct waiter *waiter = self->waiter;

	if (!waiter || (const void *)waiter >= limit)
		return;
	self->waiter = NULL; /* first, in case that the queue is not one any more */
	wait_finish(self->waits_in, waiter);
}

void completion_init(struct completion *completion)
{
	wait_queue_init(&completion->queue);
	completion->done = 0;
}
EXPORT_SYMBOL(completion_init);

/*
 * Wakes all: the first in the queue may have taken one already, and be on its way out of it. The
 * completion may be gone once its lock is released: one that waits frees it.
 */
void complete(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);

	completion->done++;
	while (wake_first_locked(&completion->queue))
		;
	spin_unlock_irqrestore(&completion->queue.lock, flags);
}
EXPORT_SYMBOL(complete);

/* Takes one, if there is one. */
static bool take_one(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);
	bool any = completion->done != 0;

	completion->done -= any;
	spin_unlock_irqrestore(&completion->queue.lock, flags);
	return any;
}

void completion_wait(struct completion *completion)
{
	wait_event(&completion->queue, take_one(completion));
}
EXPORT_SYMBOL(completion_wait);

void mutex_init(struct mutex *mutex, const char *name)
{
	wait_queue_init(&mutex->queue);
	mutex->queue.lock.name = name;
	mutex->holder = NULL;
}
EXPORT_SYMBOL(mutex_init);

/*
 * The kernel's mutexes are all static, so they lie in its image. Who holds one is in the middle of
 * the kernel's own business: a fault there is not a module's alone, and is not contained.
 */
static void count_held(const struct mutex *mutex, int change)
{
	if ((uint64_t)mutex < MODULE_WINDOW && (uint64_t)mutex >= KERNEL_IMAGE)
		thread_current()->kernel_mutexes += (uint32_t)change;
}

/* True if nobody had it and it is the caller's now, or, to a @waiter, if it was handed over. */
static bool take(struct mutex *mutex, bool waiter)
{
	uint64_t flags = spin_lock_irqsave(&mutex->queue.lock);
	struct thread *self = thread_current();
	bool taken = !mutex->holder || (waiter && mutex->holder == self);

	if (taken)
		mutex->holder = self;
	spin_unlock_irqrestore(&mutex->queue.lock, flags);
	return taken;
}

/* Who takes it twice waits for ever. */
void mutex_lock(struct mutex *mutex)
{
	bool again = mutex_is_held(mutex);

	might_sleep();
	if (unlikely(debug_enabled)) {
		if (again)
			panic("mutex %s is taken twice by thread %s", mutex->queue.lock.name,
			      thread_current()->name);
		lock_order_acquire(&thread_current()->mutexes, mutex->queue.lock.name);
	}
	if (!take(mutex, false))
		wait_event(&mutex->queue, take(mutex, !again));
	count_held(mutex, 1);
}
EXPORT_SYMBOL(mutex_lock);

void mutex_unlock(struct mutex *mutex)
{
	uint64_t flags;

	if (unlikely(debug_enabled)) {
		if (!mutex_is_held(mutex))
			panic("mutex %s is released by thread %s, which does not hold it",
			      mutex->queue.lock.name, thread_current()->name);
		lock_order_release(&thread_current()->mutexes, mutex->queue.lock.name);
	}
	count_held(mutex, -1);
	flags = spin_lock_irqsave(&mutex->queue.lock);
	mutex->holder = wake_first_locked(&mutex->queue);
	spin_unlock_irqrestore(&mutex->queue.lock, flags);
}
EXPORT_SYMBOL(mutex_unlock);

bool mutex_is_held(const struct mutex *mutex)
{
	return READ_ONCE(mutex->holder) == thread_current();
}
EXPORT_SYMBOL(mutex_is_held);
