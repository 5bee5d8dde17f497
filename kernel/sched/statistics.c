/*
 * The rows of `threads` and `cpus`. Each is copied under the lock that guards it.
 */
#include <kernel/statistics.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/cpu.h>
#include <sched/thread.h>

#include "run_queue.h"

struct search {
	unsigned index;
	struct thread_row *row;
};

const char *thread_state_name(const struct thread *thread)
{
	switch (READ_ONCE(thread->state)) {
	case THREAD_RUNNING:
		return cpu_of((unsigned)thread->cpu)->current == thread ? "running" : "ready";
	case THREAD_SLEEPING:
		return "sleeping";
	default:
		return "ended";
	}
}

static uint64_t run_time_of(const struct thread *thread)
{
	uint64_t time = READ_ONCE(thread->run_time);
	uint64_t since = READ_ONCE(thread->since);
	uint64_t now = time_now();

	if (cpu_of((unsigned)thread->cpu)->current == thread && now > since)
		time += now - since;
	return time;
}

static int describe(struct thread *thread, void *argument)
{
	struct search *search = argument;
	struct thread_row *row = search->row;

	if (search->index-- != 0)
		return 0;
	memset(row, 0, sizeof(*row));
	row->id = thread->id;
	row->cpu = thread->cpu;
	row->run_time = run_time_of(thread);
	row->call = (uint64_t)READ_ONCE(thread->calls);
	snprintf(row->name, sizeof(row->name), "%s", thread->name);
	snprintf(row->state, sizeof(row->state), "%s", thread_state_name(thread));
	snprintf(row->owner, sizeof(row->owner), "%s", module_name(thread->owner));
	return 1;
}

int thread_describe(unsigned index, struct thread_row *row)
{
	struct search search = {index, row};

	return thread_for_each_locked(describe, &search) ? 0 : -ENOENT;
}
EXPORT_SYMBOL(thread_describe);

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
	row->idle_time = run_time_of(queue->idle);
	snprintf(row->running, sizeof(row->running), "%s", queue->current->name);
	spin_unlock_irqrestore(&queue->lock, flags);
	return 0;
}
EXPORT_SYMBOL(cpu_describe);
