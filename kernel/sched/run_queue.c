/*
 * Run queues: who is next on each CPU. Three priorities, round robin in each; every sixteenth pick
 * begins at the other end, so that nothing starves. The one rule: a thread that is runnable is in
 * exactly one of: a ready list, current, on its way between two queues by the hand of one CPU.
 */
#include "run_queue.h"

#include <lib/compiler.h>

#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <smp/ipi.h>
#include <sync/preempt_want.h>

#define SLICE (10 * TIME_MS)
#define FAIR_PICK 16

DEFINE_PER_CPU(struct run_queue, run_queue) = {.lock = SPINLOCK_INIT("run_queue")};

struct run_queue *run_queue_lock_of(const struct thread *thread, uint64_t *flags)
{
	for (;;) {
		int32_t cpu = READ_ONCE(thread->cpu);
		struct run_queue *queue = per_cpu_pointer(run_queue, cpu);

		*flags = spin_lock_irqsave(&queue->lock);
		if (thread->cpu == cpu)
			return queue;
		spin_unlock_irqrestore(&queue->lock, *flags);
	}
}

void run_queue_start_slice(struct run_queue *queue)
{
	if (queue->sliced || READ_ONCE(queue->ready_count) == 0)
		return;
	queue->sliced = true;
	timer_start(&queue->slice, SLICE);
}

/* It may have begun for a thread that has left the CPU since. */
static void end_slice(struct timer *timer, void *queue_of_this_cpu)
{
	struct run_queue *queue = queue_of_this_cpu;
	uint64_t ran = time_now() - queue->current->since;

	queue->sliced = false;
	if (READ_ONCE(queue->ready_count) == 0)
		return;
	if (ran < SLICE) {
		queue->sliced = true;
		timer_start(timer, SLICE - ran);
	} else {
		WRITE_ONCE(queue->wanted, true);
		preempt_want();
	}
}

void run_queue_init(struct run_queue *queue, struct thread *idle, struct thread *current)
{
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++)
		list_init(&queue->ready[priority]);
	timer_init_at(&queue->slice, end_slice, queue, NULL, NULL);
	queue->idle = idle;
	queue->current = current;
}

static void tell(unsigned cpu)
{
	if (cpu == cpu_id())
		preempt_want();
	else
		ipi_reschedule(cpu);
}

void run_queue_add_locked(struct run_queue *queue, struct thread *thread, unsigned cpu)
{
	list_add_last(&queue->ready[thread->priority], &thread->node);
	queue->ready_count++;
	if (queue->current->idle || thread->priority < queue->current->priority) {
		if (!queue->wanted) {
			queue->wanted = true;
			tell(cpu);
		}
	} else if (queue->ready_count == 1) {
		tell(cpu); /* its current thread now shares the CPU: a slice has to be set, there */
	}
}

static struct thread *take(struct run_queue *queue, struct thread *thread)
{
	list_remove(&thread->node);
	queue->ready_count--;
	return thread;
}

struct thread *run_queue_take_locked(struct run_queue *queue)
{
	bool fair;

	if (queue->ready_count == 0)
		return NULL;
	fair = ++queue->picks % FAIR_PICK == 0;
	for (unsigned i = 0; i < THREAD_PRIORITIES; i++) {
		unsigned priority = fair ? THREAD_PRIORITIES - 1 - i : i;

		if (!list_is_empty(&queue->ready[priority]))
			return take(queue,
				    list_first(&queue->ready[priority], struct thread, node));
	}
	return NULL;
}

/* The one that would have to wait longest and may move. */
static struct thread *take_movable(struct run_queue *queue)
{
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++) {
		struct thread *thread;

		list_for_each_reverse(thread, &queue->ready[priority], node) {
			if (thread->affinity == THREAD_ANY_CPU)
				return take(queue, thread);
		}
	}
	return NULL;
}

/* Both queues are locked when the thread changes from one to the other. */
struct thread *run_queue_steal_locked(struct run_queue *queue)
{
	unsigned self = cpu_id();
	struct thread *thread = NULL;

	for (unsigned cpu = 0; cpu < cpu_count() && !thread; cpu++) {
		struct run_queue *victim = per_cpu_pointer(run_queue, cpu);

		if (cpu == self || READ_ONCE(victim->ready_count) == 0 ||
		    !spin_trylock(&victim->lock))
			continue;
		thread = take_movable(victim);
		if (thread)
			thread->cpu = (int32_t)self;
		spin_unlock(&victim->lock);
	}
	return thread;
}

static bool is_idle(unsigned cpu)
{
	struct run_queue *queue = per_cpu_pointer(run_queue, cpu);

	return READ_ONCE(queue->current) == queue->idle && READ_ONCE(queue->ready_count) == 0;
}

/* The CPU it ran on last, whose caches know it; if that is busy, one that is not. */
unsigned run_queue_choose(const struct thread *thread)
{
	unsigned last = (unsigned)thread->cpu;

	if (thread->affinity != THREAD_ANY_CPU)
		return (unsigned)thread->affinity;
	if (is_idle(last))
		return last;
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (is_idle(cpu))
			return cpu;
	}
	return last;
}
