/*
 * Work: one worker thread for each CPU, of high priority, that runs what has been queued there. The
 * one rule: who ends a work's business (its run is over, or it was taken out) wakes whoever waits
 * for that after having let the lock of its queue go; and who waits looks under that lock, after it
 * has joined the wait queue. What else keeps work right is told in time/deferred.c.
 */
#include <kernel/work.h>

#include <lib/compiler.h>

#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/wait.h>

#include <log/misuse.h>
#include <mm/stack.h>
#include <sched/sched.h>
#include <sched/thread.h>
#include <time/deferred.h>

struct worker {
	struct deferred_queue queue;
	struct wait_queue arrived;
	struct thread *thread; /* [I] */
};
static DEFINE_PER_CPU(struct worker, worker);
static const struct deferred_kind kind = {"work", &worker.queue};
static DEFINE_WAIT_QUEUE(work_finished);

void work_init_at(struct work *work, void (*function)(struct work *), struct module *owner,
		  const struct source_location *place)
{
	deferred_init(&work->item, &kind, (const void *)function, NULL, owner, place,
		      __builtin_return_address(0));
}

bool work_queue(struct work *work)
{
	const void *caller = __builtin_return_address(0);
	struct deferred_queue *queue;
	uint64_t flags;
	bool queued;

	queue = deferred_lock_here(&work->item, &kind, false, caller, &flags);
	if (!queue)
		return false;
	queued = !list_is_linked(&work->item.node) && work->item.cancels == 0 &&
		 deferred_admit(&work->item, work->item.function, kind.name, caller) == 0;
	if (queued)
		deferred_add_locked(queue, &work->item, 0);
	spin_unlock_irqrestore(&queue->lock, flags);
	if (queued)
		wait_queue_wake(&container_of(queue, struct worker, queue)->arrived);
	return queued;
}

/* Takes it out and tells whether it runs, not by the caller itself. */
static bool withdrawn_but_runs(struct work *work, const void *place, bool *was_queued)
{
	struct deferred_queue *queue = deferred_withdraw(&work->item, &kind, place, was_queued);

	return queue && container_of(queue, struct worker, queue)->thread != thread_current();
}

/* False: it is not initialised. One that queues itself again and again would never be found over:
 * the worker takes it before the thread that waits has looked. */
static bool keep_from_queue(struct work *work, const void *place, bool keep)
{
	uint64_t flags;
	struct deferred_queue *queue = deferred_lock(&work->item, &kind, place, &flags);

	if (!queue)
		return false;
	work->item.cancels += keep ? 1 : -1u;
	spin_unlock_irqrestore(&queue->lock, flags);
	return true;
}

bool work_cancel(struct work *work)
{
	const void *place = __builtin_return_address(0);
	bool was_queued = false;

	if (!may_sleep())
		return false;
	stack_demand(STACK_FOR_STOP);
	if (!keep_from_queue(work, place, true))
		return false;
	wait_event(&work_finished, !withdrawn_but_runs(work, place, &was_queued));
	keep_from_queue(work, place, false);
	if (was_queued)
		wait_queue_wake(&work_finished);
	return was_queued;
}

#define ALL_UNTIL_NOW UINT64_MAX

/* The worker's thread that has the item, queued or running, for its run number *@last or one
 * before; NULL: those are over. ALL_UNTIL_NOW becomes the number of the last that has been asked
 * for. */
static const struct thread *pending_on(const struct work *work, const void *place, uint64_t *last)
{
	uint64_t flags;
	struct deferred_queue *queue = deferred_lock(&work->item, &kind, place, &flags);
	bool pends, waits;
	uint64_t begun;

	if (!queue)
		return NULL;
	begun = work->item.runs;
	waits = list_is_linked(&work->item.node);
	if (*last == ALL_UNTIL_NOW)
		*last = begun + waits;
	pends = (queue->running == &work->item && begun <= *last) || (waits && begun < *last);
	spin_unlock_irqrestore(&queue->lock, flags);
	return pends ? container_of(queue, struct worker, queue)->thread : NULL;
}

void work_flush(struct work *work)
{
	const void *place = __builtin_return_address(0);
	const struct thread *worker_of;
	uint64_t last = ALL_UNTIL_NOW;

	if (!may_sleep())
		return;
	worker_of = pending_on(work, place, &last);
	if (worker_of == thread_current())
		misuse(place,
		       "flushed a work item of the worker that it runs on itself: that would "
		       "wait for itself, and has not waited");
	else if (worker_of)
		wait_event(&work_finished, !pending_on(work, place, &last));
}

static struct work *take_next(struct deferred_queue *queue)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct deferred *item = deferred_take_locked(queue, 0);

	spin_unlock_irqrestore(&queue->lock, flags);
	return item ? container_of(item, struct work, item) : NULL;
}

static int run_worker(void *argument)
{
	struct worker *self = argument;
	struct work *work = NULL;

	thread_set_priority(THREAD_HIGH);
	while (!thread_should_stop()) {
		if (!work)
			wait_event(&self->arrived, (work = take_next(&self->queue)) != NULL);
		delay_here();
		call_without_reference(work->item.owner, "work item", work->item.function, work);
		work = take_next(&self->queue); /* the one before is over with this */
		wait_queue_wake(&work_finished);
	}
	return 0;
}

int work_init_all(void)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		struct worker *each = per_cpu_pointer(worker, cpu);

		deferred_queue_init(&each->queue, "worker");
		wait_queue_init(&each->arrived);
		each->thread = thread_create_on((int)cpu, run_worker, each, "worker/%u", cpu);
		if (!each->thread)
			return -ENOMEM;
	}
	return 0;
}

bool work_take_of(const struct module *owner, const struct source_location **place)
{
	bool taken = deferred_take_of(&kind, owner, place);

	if (taken)
		wait_queue_wake(&work_finished);
	return taken;
}

void work_drain(const struct module *owner)
{
	wait_event(&work_finished, !deferred_runs_of(&kind, owner));
}
