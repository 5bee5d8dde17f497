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

bool may_sleep_at(const void *place)
{
	if (likely(preempt_count() == 0 && irq_enabled()) || !thread_current() || panic_under_way())
		return true;
	misuse(place, "sleeping is forbidden here: preempt count %u, interrupts %s",
	       preempt_count(), irq_enabled() ? "on" : "off");
	return false;
}

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

bool thread_sleep_until_stop(uint64_t deadline)
{
	if (may_sleep())
		sleep_through(deadline, true);
	return thread_should_stop();
}

void wait_queue_init(struct wait_queue *queue)
{
	spin_lock_init(&queue->lock, "wait_queue");
	list_init(&queue->waiters);
}

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

/* That of the current thread which waits for @queue; NULL: one that waits for none. */
static struct waiter *waiter_on(const struct wait_queue *queue)
{
	struct waiter *waiters = thread_current()->waiters;

	for (unsigned i = 0; i < WAITS_MOST; i++)
		if (waiters[i].queue == queue)
			return &waiters[i];
	return NULL;
}

static struct waiter *begin_wait(struct wait_queue *queue)
{
	struct thread *self = thread_current();
	struct waiter *waiter = waiter_on(NULL);

	if (waiter) {
		waiter->queue = queue;
		waiter->name = queue->lock.name;
		waiter->number = self->wait = ++self->waits_begun;
	}
	return waiter;
}

static void end_wait(struct waiter *waiter)
{
	struct thread *self = thread_current();

	waiter->thread = NULL;
	waiter->queue = NULL;
	waiter->number = self->wait = 0;
	for (unsigned i = 0; i < WAITS_MOST; i++)
		self->wait = max(self->wait, self->waiters[i].number);
}

/* The same queue again in a condition: one wait serves both, as a wake ends both. */
void wait_prepare(struct wait_queue *queue)
{
	struct waiter *waiter;
	uint64_t flags;

	if (preempt_count() > 0 || !irq_enabled())
		return; /* in a hook, say: the thread that it runs on is another's */
	flags = spin_lock_irqsave(&queue->lock);
	waiter = waiter_on(queue);
	if (!waiter)
		waiter = begin_wait(queue);
	if (waiter && !waiter->thread) {
		waiter->thread = thread_current();
		list_add_last(&queue->waiters, &waiter->node);
	}
	if (waiter)
		sleep_prepare();
	else
		sleep_finish(); /* of those that it has begun before, in whose conditions it is */
	spin_unlock_irqrestore(&queue->lock, flags);
	if (!waiter)
		misuse(__builtin_return_address(0), "waits for more than %u queues at once",
		       WAITS_MOST);
	delay_here();
}

static void leave_queue(struct waiter *waiter)
{
	struct wait_queue *queue = waiter->queue;
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	sleep_finish();
	if (waiter->thread)
		list_remove(&waiter->node);
	end_wait(waiter);
	spin_unlock_irqrestore(&queue->lock, flags);
}

void wait_finish(struct wait_queue *queue)
{
	struct waiter *waiter = queue ? waiter_on(queue) : NULL;

	if (waiter)
		leave_queue(waiter);
}

/* Has the memory of the queue been used for something else? Then its list is none any more. */
void wait_abandon(struct waiter *waiter, bool queue_is_there)
{
	uint64_t name;

	if (queue_is_there && probe_read(&waiter->queue->lock.name, &name) &&
	    name == (uint64_t)waiter->name) {
		leave_queue(waiter);
	} else {
		sleep_finish();
		end_wait(waiter);
	}
}

void completion_init(struct completion *completion)
{
	wait_queue_init(&completion->queue);
	completion->done = 0;
}

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

void mutex_init(struct mutex *mutex, const char *name)
{
	wait_queue_init(&mutex->queue);
	mutex->queue.lock.name = name;
	mutex->holder = NULL;
}

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

bool mutex_is_held(const struct mutex *mutex)
{
	return READ_ONCE(mutex->holder) == thread_current();
}
