/*
 * Wait queues and completions. The one rule: a waiter leaves the queue under its lock, taken out by
 * who wakes it or by itself; so a thread that has come back from wait_finish is in no queue, and
 * nobody who wakes still looks at it.
 */
#include <kernel/wait.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/preempt.h>

#include <sched/sched.h>
#include <sched/thread.h>

void wait_queue_init(struct wait_queue *queue)
{
	spin_lock_init(&queue->lock, "wait_queue");
	list_init(&queue->waiters);
}
EXPORT_SYMBOL(wait_queue_init);

static bool wake_first_locked(struct wait_queue *queue)
{
	struct list_node *node = list_take_first(&queue->waiters);
	struct waiter *waiter;
	struct thread *thread;

	if (!node)
		return false;
	waiter = list_entry(node, struct waiter, node);
	thread = waiter->thread;
	waiter->thread = NULL;
	thread_wake(thread);
	return true;
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

void wait_queue_wake_one(struct wait_queue *queue)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	wake_first_locked(queue);
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(wait_queue_wake_one);

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

bool wait_sleep(struct waiter *waiter, uint64_t deadline)
{
	return sleep_until(deadline);
}
EXPORT_SYMBOL(wait_sleep);

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

/* The completion may be gone once its lock is released: one that waits frees it. */
void complete(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);

	if (completion->done != UINT32_MAX)
		completion->done++;
	wake_first_locked(&completion->queue);
	spin_unlock_irqrestore(&completion->queue.lock, flags);
}
EXPORT_SYMBOL(complete);

void complete_all(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);

	completion->done = UINT32_MAX;
	while (wake_first_locked(&completion->queue))
		;
	spin_unlock_irqrestore(&completion->queue.lock, flags);
}
EXPORT_SYMBOL(complete_all);

/* Takes one, if there is one. */
static bool take_one(struct completion *completion)
{
	uint64_t flags = spin_lock_irqsave(&completion->queue.lock);
	bool any = completion->done != 0;

	if (any && completion->done != UINT32_MAX)
		completion->done--;
	spin_unlock_irqrestore(&completion->queue.lock, flags);
	return any;
}

bool completion_wait_until(struct completion *completion, uint64_t deadline)
{
	return wait_event_until(&completion->queue, take_one(completion), deadline);
}
EXPORT_SYMBOL(completion_wait_until);

void completion_wait(struct completion *completion)
{
	completion_wait_until(completion, WAIT_FOREVER);
}
EXPORT_SYMBOL(completion_wait);
