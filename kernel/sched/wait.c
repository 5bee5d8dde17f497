/*
 * All that sleeps. The one rule: a thread that waits first says SLEEPING and then looks at the
 * condition, one that wakes first changes the condition and then looks at the state; so one of them
 * sees the other, and no wake-up is lost. A wake may come for nothing: the sleeping thread looks
 * again.
 *
 * Wait queues: a waiter leaves the queue under its lock, taken out by the waking thread or by
 * itself; so a thread that has come back from wait_finish is in no queue, and no waking thread
 * still looks at it. Mutexes: unlocking hands the mutex to the one that waits longest, in the same
 * critical section, so no thread can slip in between and none starves.
 */
#include "sched_internal.h"

#include <lib/touch.h>

#include <kernel/boot.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/trap.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <sync/lock_order.h>

#define CHAIN_MOST 64u /* waits in each other's conditions that wait_finish looks at */

bool may_sleep_at(const void *place)
{
	if (likely(preempt_count() == 0 && irq_enabled()) || !thread_current() || panic_under_way())
		return true;
	misuse(place, "sleeping is forbidden here: preempt count %u, interrupts %s",
	       preempt_count(), irq_enabled() ? "on" : "off");
	return false;
}
EXPORT_SYMBOL(may_sleep_at);

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

	if (!may_sleep())
		return false;
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

	if (!may_sleep())
		return;
	sleep_through(nanoseconds < WAIT_FOREVER - now ? now + nanoseconds : WAIT_FOREVER, false);
}
EXPORT_SYMBOL(time_sleep);

bool thread_sleep_until_stop(uint64_t deadline)
{
	if (may_sleep())
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

/* NULL: no thread waits. */
static struct thread *wake_first_locked(struct wait_queue *queue)
{
	struct waiter *waiter = list_first(&queue->waiters, struct waiter, node);
	struct thread *thread = waiter ? waiter->thread : NULL;

	ASSERT(spin_is_held(&queue->lock));
	if (waiter) {
		list_remove(&waiter->node);
		waiter->thread = NULL;
		thread_wake(thread);
	}
	return thread;
}

/* The condition has been changed; a thread that is not in the queue yet will see that. */
void wait_queue_wake(struct wait_queue *queue)
{
	uint64_t flags;

	delay_here();
	flags = spin_lock_irqsave(&queue->lock);
	while (wake_first_locked(queue))
		;
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_queue_wake);

void wait_prepare(struct wait_queue *queue, struct waiter *waiter)
{
	struct thread *self = thread_current();
	uint64_t flags;

	if (preempt_count() > 0 || !irq_enabled())
		return; /* in a hook, say: the thread that it runs on is another's */
	touch_to_write(waiter, sizeof(*waiter));
	flags = spin_lock_irqsave(&queue->lock);
	if (!waiter->queue) {
		waiter->queue = queue;
		waiter->outer = self->waiting;
		self->waiting = (struct waiting){waiter, queue, queue->lock.name};
	}
	if (!waiter->thread) {
		waiter->thread = self;
		list_add_last(&queue->waiters, &waiter->node);
	}
	sleep_prepare();
	spin_unlock_irqrestore(&queue->lock, flags);
	delay_here();
}
EXPORT_SYMBOL(wait_prepare);

/*
 * Takes it off the chain: mostly it is the innermost. What lies inside it may have been forgotten
 * and written over since: then the chain ends there, and wait_abandon clears it.
 */
static void leave_chain(const struct waiter *waiter)
{
	struct waiting *at = &thread_current()->waiting;
	uint64_t ignored;

	for (unsigned depth = 0; depth < CHAIN_MOST && at->waiter; depth++) {
		if (at->waiter == waiter) {
			*at = waiter->outer;
			return;
		}
		at = &at->waiter->outer;
		if ((uint64_t)at % sizeof(ignored) || !probe_read(&at->waiter, &ignored) ||
		    !probe_read(&at->name, &ignored))
			return;
	}
}

void wait_finish(struct wait_queue *queue, struct waiter *waiter)
{
	uint64_t flags;

	if (!waiter->queue)
		return;
	leave_chain(waiter);
	flags = spin_lock_irqsave(&queue->lock);
	sleep_finish();
	if (waiter->thread)
		list_remove(&waiter->node);
	waiter->thread = NULL;
	waiter->queue = NULL;
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_finish);

/* Closes the list over a waiter that may have been written over, and is not read. */
static void take_out_unread(struct wait_queue *queue, const struct list_node *waiter)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct list_node *before = &queue->waiters, *after = before;

	while (before->next != waiter && before->next != &queue->waiters)
		before = before->next;
	while (after->previous != before->next)
		after = after->previous;
	if (before->next == waiter) { /* else it has been woken */
		before->next = after;
		after->previous = before;
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Has the memory of the queue been used for something else? */
static bool is_queue(const struct waiting *waiting)
{
	uint64_t name;

	return probe_read(&waiting->queue->lock.name, &name) && name == (uint64_t)waiting->name;
}

/* Does it lead to a waiter that waits where it says? One in a frame that is gone may be overwritten
 * in part, what it leads to included. */
static bool is_whole(const struct waiting *waiting)
{
	uint64_t queue;

	return (uint64_t)waiting->waiter % sizeof(queue) == 0 &&
	       probe_read(&waiting->waiter->queue, &queue) && queue == (uint64_t)waiting->queue &&
	       is_queue(waiting);
}

/* Off the chain first, in case that the queue is not one any more. */
void wait_abandon(struct waiter *outer, bool waiter_is_there, bool queue_is_there)
{
	struct thread *self = thread_current();
	struct waiting last = self->waiting;
	uint64_t queue;
	bool whole = probe_read(&last.waiter->queue, &queue) && queue == (uint64_t)last.queue;

	self->waiting = (struct waiting){outer, outer ? outer->queue : NULL,
					 outer ? outer->queue->lock.name : NULL};
	if (whole && last.waiter->outer.waiter != outer && is_whole(&last.waiter->outer))
		self->waiting = last.waiter->outer;
	sleep_finish();
	if (queue_is_there && is_queue(&last))
		take_out_unread(last.queue, &last.waiter->node);
	if (whole && waiter_is_there) {
		last.waiter->thread = NULL; /* it may be prepared again */
		last.waiter->queue = NULL;
	}
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

/* True if no thread had it and it is the caller's now, or, to a @waiter, if it was handed over. */
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

static _Noreturn __noinline void refuse(struct mutex *mutex, const void *place)
{
	const struct thread *self = thread_current();
	const struct held_lock *before = held_find(&self->mutexes, &mutex->queue.lock);
	char where[64];

	if (before) {
		code_describe((uint64_t)before->place - 1, where, sizeof(where));
		misuse(place, "mutex %s is taken twice by thread %s, before at %s",
		       mutex->queue.lock.name, self->name, where);
	}
	misuse_end();
}

/* A caller that cannot have it must not go on as if it had. */
void mutex_lock(struct mutex *mutex)
{
	const void *place = __builtin_return_address(0);
	uint32_t class = 0;

	if (unlikely(mutex_is_held(mutex)) || !may_sleep_at(place))
		refuse(mutex, place);
	if (unlikely(debug_enabled))
		class = lock_order_acquire(&thread_current()->mutexes, mutex->queue.lock.name);
	if (!take(mutex, false))
		wait_event(&mutex->queue, take(mutex, true));
	held_add(&thread_current()->mutexes,
		 (struct held_lock){&mutex->queue.lock, place, (uint16_t) class, false});
}
EXPORT_SYMBOL(mutex_lock);

void mutex_unlock(struct mutex *mutex)
{
	uint64_t flags;

	if (unlikely(!held_remove(&thread_current()->mutexes, &mutex->queue.lock))) {
		misuse(__builtin_return_address(0),
		       "mutex %s is released by thread %s, which does not hold it",
		       mutex->queue.lock.name, thread_current()->name);
		return;
	}
	delay_here();
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
