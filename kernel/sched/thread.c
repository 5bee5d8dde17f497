/*
 * Threads: made, run, ended, joined. The one rule: a thread's memory is given back by thread_stop
 * alone, after the CPU that it ended on has switched off its stack and said so (THREAD_DEAD is the
 * last thing that anybody writes into it).
 */
#include <sched/thread.h>

#include <stdarg.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/statistics.h>
#include <kernel/wait.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <sched/sched.h>
#include <smp/stop.h>

#include "run_queue.h"

void thread_begin(void); /* switch.asm */
_Noreturn void thread_main(void);

struct list_node thread_list = LIST_INIT(thread_list); /* oldest first */
DEFINE_SPINLOCK(thread_list_lock);
DEFINE_WAIT_QUEUE(thread_ends);
static uint32_t last_id;	/* [L] of the list */
static unsigned threads_listed; /* [L] */

#define SAVED_REGISTERS 6 /* by switch_context */

static int call_directly(struct module *owner, const char *kind, const void *function,
			 void *argument)
{
	return ((int (*)(void *))(uint64_t)function)(argument); /* bare: before the bus is there */
}
static int (*caller)(struct module *, const char *, const void *,
		     void *) = call_directly; /* [I] after boot */

void thread_set_caller(int (*call)(struct module *owner, const char *kind, const void *function,
				   void *argument))
{
	caller = call;
}

int thread_call(struct module *owner, const char *kind, const void *function, void *argument)
{
	return caller(owner, kind, function, argument); /* bare: the bus's, through call_through */
}

/* As if the thread had called switch_context right before thread_begin. */
void thread_prepare(struct thread *thread)
{
	uint64_t *stack = (uint64_t *)thread->stack_top - 2;

	*--stack = (uint64_t)thread_begin;
	for (unsigned i = 0; i < SAVED_REGISTERS; i++)
		*--stack = 0;
	thread->stack_pointer = (uint64_t)stack;
}

struct thread *thread_make(int (*function)(void *argument), void *argument, int cpu,
			   struct module *owner, const struct place *place)
{
	struct thread *thread = heap_alloc_zeroed(sizeof(*thread));

	if (!thread)
		return NULL;
	if (stack_alloc(&thread->stack_top) != 0) {
		heap_free(thread);
		return NULL;
	}
	thread->stack_bottom = thread->stack_top - STACK_SIZE;
	thread->function = function;
	thread->argument = argument;
	thread->owner = owner;
	thread->place = place;
	thread->affinity = cpu;
	thread->cpu = cpu == THREAD_ANY_CPU ? (int)cpu_id() : cpu;
	thread->priority = THREAD_NORMAL;
	list_init(&thread->node);
	sleep_timer_init(thread);
	return thread;
}

void thread_publish(struct thread *thread)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	thread->id = last_id++;
	threads_listed++;
	list_add_last(&thread_list, &thread->all);
	spin_unlock_irqrestore(&thread_list_lock, flags);
}

static void thread_free(struct thread *thread)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	threads_listed--;
	list_remove(&thread->all);
	spin_unlock_irqrestore(&thread_list_lock, flags);
	stack_free(thread->stack_top);
	heap_free(thread);
}

struct thread *thread_create_at(int (*function)(void *argument), void *argument, int cpu,
				struct module *owner, const struct place *place,
				const char *name_format, ...)
{
	struct thread *thread;
	va_list arguments;

	might_sleep();
	if (cpu != THREAD_ANY_CPU && (cpu < 0 || (unsigned)cpu >= cpu_count()))
		return NULL;
	thread = thread_make(function, argument, cpu, owner, place);
	if (!thread)
		return NULL;
	va_start(arguments, name_format);
	vsnprintf(thread->name, sizeof(thread->name), name_format, arguments);
	va_end(arguments);
	thread_prepare(thread);
	thread->state = THREAD_SLEEPING;
	thread_publish(thread);
	thread_wake(thread);
	return thread;
}
EXPORT_SYMBOL(thread_create_at);

/* What every thread's stack begins with: it ends here, in kernel text. */
_Noreturn void thread_main(void)
{
	struct thread *self = thread_current();

	schedule_begin();
	irq_enable();
	preempt_enable();
	self->result =
	    thread_call(self->owner, "thread", (const void *)self->function, self->argument);
	if (preempt_count() != 0 || self->mutexes.count != 0)
		panic("thread %s ends with preempt count %u and %u mutexes", self->name,
		      preempt_count(), self->mutexes.count);
	preempt_disable();
	WRITE_ONCE(self->state, THREAD_ENDING);
	schedule_end();
}

int thread_stop(struct thread *thread)
{
	int result;

	might_sleep();
	__atomic_store_n(&thread->stop, true, __ATOMIC_SEQ_CST);
	thread_wake(thread);
	wait_event(&thread_ends, __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THREAD_DEAD);
	result = thread->result;
	thread_free(thread);
	return result;
}
EXPORT_SYMBOL(thread_stop);

bool thread_should_stop(void)
{
	return READ_ONCE(thread_current()->stop);
}
EXPORT_SYMBOL(thread_should_stop);

bool thread_sleep_until_stop(uint64_t deadline)
{
	bool more = true;

	while (more) {
		sleep_prepare();
		if (thread_should_stop())
			break;
		more = sleep_until(deadline);
	}
	sleep_finish();
	return thread_should_stop();
}
EXPORT_SYMBOL(thread_sleep_until_stop);

void thread_yield(void)
{
	might_sleep();
	schedule();
}
EXPORT_SYMBOL(thread_yield);

int thread_set_cpu(int cpu)
{
	struct thread *self = thread_current();
	struct run_queue *queue;
	uint64_t flags;

	might_sleep();
	if (cpu != THREAD_ANY_CPU && (cpu < 0 || (unsigned)cpu >= cpu_count()))
		return -EINVAL;
	queue = run_queue_lock_of(self, &flags);
	self->affinity = cpu;
	spin_unlock_irqrestore(&queue->lock, flags);
	if (cpu != THREAD_ANY_CPU && cpu != READ_ONCE(self->cpu))
		schedule();
	return 0;
}
EXPORT_SYMBOL(thread_set_cpu);

void thread_set_priority(enum thread_priority priority)
{
	struct thread *self = thread_current();
	struct run_queue *queue;
	uint64_t flags;

	if (priority >= THREAD_PRIORITIES)
		return;
	queue = run_queue_lock_of(self, &flags);
	self->priority = priority;
	spin_unlock_irqrestore(&queue->lock, flags);
}
EXPORT_SYMBOL(thread_set_priority);

const char *thread_name(const struct thread *thread)
{
	return thread->name;
}
EXPORT_SYMBOL(thread_name);

uint32_t thread_id(const struct thread *thread)
{
	return thread->id;
}
EXPORT_SYMBOL(thread_id);

int thread_for_each_stopped(int (*function)(struct thread *thread, void *argument), void *argument)
{
	struct thread *thread;
	int result = 0;

	list_for_each(thread, &thread_list, all) {
		result = function(thread, argument); /* bare: the caller's own */
		if (result != 0)
			break;
	}
	return result;
}

int thread_for_each_locked(int (*function)(struct thread *thread, void *argument), void *argument)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);
	int result = thread_for_each_stopped(function, argument);

	spin_unlock_irqrestore(&thread_list_lock, flags);
	return result;
}

/* A thread that runs has its CPU's word on it; the others left a stack pointer when they were
 * switched away from. */
bool thread_stack_stopped(const struct thread *thread, uint64_t *low, uint64_t *high)
{
	if (thread->idle || thread->state == THREAD_DEAD)
		return false;
	*low = thread->stack_pointer;
	if (cpu_of((unsigned)thread->cpu)->current == thread)
		*low = stop_stack_pointer((unsigned)thread->cpu);
	*high = thread->stack_top;
	return *low != 0 && *low < *high;
}

unsigned thread_count(void)
{
	return READ_ONCE(threads_listed);
}
EXPORT_SYMBOL(thread_count);
