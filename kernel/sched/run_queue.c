/*
 * Run queues: which thread is ready where. Each CPU has a list for each of three priorities, round
 * robin in each. A lower priority whose threads have waited for STARVED, and none was chosen, comes
 * first once, so that nothing starves: a thread runs when those before it in its list have had
 * their turn. The one rule: a thread that is runnable is current, in one ready list, or on its way
 * between two queues by the hand of one CPU, and ->queued keeps all others off it meanwhile.
 */
#include "sched_internal.h"

#include <string.h>

#include <kernel/percpu.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <irq/interrupt.h>
#include <smp/ipi.h>
#include <sync/resched_request.h>

#define STARVED (160 * TIME_MS)

DEFINE_PER_CPU(struct run_queue, run_queue) = {.lock = SPINLOCK_INIT("run_queue")};

void run_queue_add(struct run_queue *queue, struct thread *thread)
{
	struct list_node *ready = &queue->ready[thread->priority];

	if (list_is_empty(ready))
		queue->waits_since[thread->priority] = time_now();
	list_add_last(ready, &thread->node);
	queue->ready_count++;
}

/* Where a choice at @now begins; another CPU's clock may be a little ahead. Locked. */
static unsigned first_priority(const struct run_queue *queue, uint64_t now)
{
	for (unsigned priority = THREAD_HIGH + 1; priority < THREAD_PRIORITIES; priority++)
		if (!list_is_empty(&queue->ready[priority]) &&
		    (int64_t)(now - queue->waits_since[priority]) >= (int64_t)STARVED)
			return priority;
	return THREAD_HIGH;
}

struct thread *run_queue_take(struct run_queue *queue, bool for_another)
{
	uint64_t now = time_now();
	unsigned first = for_another ? THREAD_HIGH : first_priority(queue, now);

	for (unsigned i = 0; i <= THREAD_PRIORITIES && queue->ready_count != 0; i++) {
		unsigned priority = i == 0 ? first : i - 1;
		struct thread *thread;

		list_for_each(thread, &queue->ready[priority], node) {
			if (for_another && thread->affinity != THREAD_ANY_CPU)
				continue;
			list_remove(&thread->node);
			queue->ready_count--;
			queue->waits_since[priority] = now;
			return thread;
		}
	}
	return NULL;
}

/* Both queues are locked when the thread changes from one to the other. */
struct thread *run_queue_steal(void)
{
	struct thread *thread = NULL;

	for (unsigned cpu = 0; cpu < cpu_count() && !thread; cpu++) {
		struct run_queue *victim = per_cpu_pointer(run_queue, cpu);

		if (READ_ONCE(victim->ready_count) == 0 || !spin_trylock(&victim->lock))
			continue;
		thread = run_queue_take(victim, true);
		if (thread)
			thread->cpu = (int32_t)cpu_id();
		spin_unlock(&victim->lock);
	}
	return thread;
}

/* Where a thread should run: the CPU it ran on last, whose caches know it; if that is busy, one
 * that is not. */
static unsigned choose_cpu(const struct thread *thread)
{
	unsigned last = (unsigned)thread->cpu, count = cpu_count();

	if (thread->affinity != THREAD_ANY_CPU)
		return (unsigned)thread->affinity;
	for (unsigned i = 0; i < count; i++) {
		unsigned cpu = (last + i) % count;
		struct run_queue *queue = per_cpu_pointer(run_queue, cpu);

		if (READ_ONCE(queue->current) == queue->idle && READ_ONCE(queue->ready_count) == 0)
			return cpu;
	}
	return last;
}

struct run_queue *run_queue_make_ready(struct run_queue *queue, struct thread *thread)
{
	unsigned cpu = choose_cpu(thread);
	bool urgent, tell;

	if (cpu != (unsigned)thread->cpu) {
		thread->cpu = (int32_t)cpu;
		spin_unlock(&queue->lock);
		queue = per_cpu_pointer(run_queue, cpu);
		spin_lock(&queue->lock);
	}
	urgent = queue->current->idle || thread->priority < queue->current->priority;
	tell = urgent ? !queue->wanted : queue->ready_count == 0;
	run_queue_add(queue, thread);
	if (urgent)
		queue->wanted = true;
	/* Last of all: that CPU looks at the above without the lock. */
	if (tell && cpu == cpu_id())
		resched_request();
	else if (tell)
		ipi_send(cpu, VECTOR_RESCHEDULE);
	return queue;
}

/* Locks the queue of the thread's CPU, wherever that is by then. */
static struct run_queue *lock_queue_of(const struct thread *thread, uint64_t *flags)
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

void thread_wake(struct thread *thread)
{
	uint64_t flags;
	struct run_queue *queue = lock_queue_of(thread, &flags);

	if (thread->state == THREAD_SLEEPING) {
		WRITE_ONCE(thread->state, THREAD_RUNNING);
		if (!thread->queued) { /* else it has not gone to sleep yet, and will not now */
			thread->queued = true;
			queue = run_queue_make_ready(queue, thread);
		}
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

int cpu_describe(unsigned index, struct cpu_row *row)
{
	struct run_queue *queue = per_cpu_pointer(run_queue, index);
	uint64_t flags;

	if (index >= cpu_count())
		return -ENOENT;
	memset(row, 0, sizeof(*row));
	row->cpu = index;
	row->apic_id = cpu_of(index)->apic_id;
	flags = spin_lock_irqsave(&queue->lock);
	row->switches = queue->switches;
	row->idle_time = thread_run_time(queue->idle);
	snprintf(row->running, sizeof(row->running), "%s", queue->current->name);
	spin_unlock_irqrestore(&queue->lock, flags);
	return 0;
}
