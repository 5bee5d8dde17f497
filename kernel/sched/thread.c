/*
 * Threads: made, run, ended, joined. The one rule: a thread's memory is given back by thread_stop
 * alone, after the CPU that it ended on has switched off its stack and said so (THREAD_DEAD is the
 * last thing that is written into it).
 */
#include "sched_internal.h"

#include <stdarg.h>
#include <string.h>

#include <kernel/delay.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <log/misuse.h>
#include <mm/admission.h>
#include <mm/stack.h>
#include <smp/stop.h>

void thread_begin(void); /* switch.asm */
_Noreturn void thread_main(void);

struct list_node thread_list = LIST_INIT(thread_list);
DEFINE_SPINLOCK(thread_list_lock);
static uint32_t last_id; /* [L] of the list */
DEFINE_WAIT_QUEUE(thread_ends);

#define SAVED_REGISTERS 6 /* by switch_context */

_Static_assert(offsetof(struct thread, stack_bottom) == 0x10, "THREAD_STACK_BOTTOM in entry.asm");
_Static_assert(offsetof(struct cpu, interrupt_stack) == 0x30, "CPU_INTERRUPT_STACK");

/* Its stack is as if it had called switch_context right before thread_begin. */
struct thread *thread_make(int (*function)(void *argument), void *argument, int cpu,
			   struct module *owner, const struct source_location *place)
{
	struct thread *thread = heap_alloc_zeroed(sizeof(*thread));
	uint64_t *stack;

	if (!thread)
		return NULL;
	if (stack_alloc(&thread->stack_top) != 0) {
		heap_free(thread);
		return NULL;
	}
	thread->stack_bottom = thread->stack_top - STACK_SIZE;
	stack = (uint64_t *)thread->stack_top - 3;
	*stack = (uint64_t)thread_begin;
	stack -= SAVED_REGISTERS;
	memset(stack, 0, SAVED_REGISTERS * sizeof(*stack));
	thread->stack_pointer = (uint64_t)stack;
	thread->function = function;
	thread->argument = argument;
	thread->owner = owner;
	thread->place = place;
	thread->affinity = cpu;
	thread->cpu = cpu == THREAD_ANY_CPU ? (int)cpu_id() : cpu;
	thread->priority = THREAD_NORMAL;
	thread->state = THREAD_SLEEPING;
	sleep_timer_init(thread);
	return thread;
}

/* The sweep closes the books and counts threads afterwards, with the lock: it finds each thread
 * that was added before. */
int thread_publish(struct thread *thread)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);
	bool closed = READ_ONCE(thread->owner->closed);

	if (!closed) {
		thread->id = last_id++;
		list_add_last(&thread_list, &thread->all);
	}
	spin_unlock_irqrestore(&thread_list_lock, flags);
	return closed ? -ESHUTDOWN : 0;
}

static void free_thread(struct thread *thread)
{
	stack_free(thread->stack_top);
	heap_free(thread);
}

static bool admit(int (*function)(void *argument), int cpu, const struct module *owner,
		  const struct source_location *place, const void *caller)
{
	const char *fault;

	if (!booking_admit(owner, place, "a thread", caller))
		return false;
	fault = function ? callback_fault(owner->ledger, (const void *)function) : "missing";
	if (fault)
		misuse(caller, "the function of a thread is %s", fault);
	else if (cpu != THREAD_ANY_CPU && (unsigned)cpu >= cpu_count())
		misuse(caller, "a thread is made for CPU %d, which there is not", cpu);
	else
		return true;
	return false;
}

struct thread *thread_create_at(int (*function)(void *argument), void *argument, int cpu,
				struct module *owner, const struct source_location *place,
				const char *name_format, ...)
{
	struct thread *thread;
	char name[sizeof(thread->name)];
	va_list arguments;

	if (!may_sleep() || !admit(function, cpu, owner, place, __builtin_return_address(0)))
		return NULL;
	va_start(arguments, name_format);
	vsnprintf(name, sizeof(name), name_format, arguments);
	va_end(arguments);
	thread = thread_make(function, argument, cpu, owner, place);
	if (!thread)
		return NULL;
	delay_here();
	escape_text(thread->name, sizeof(thread->name), name, strlen(name));
	if (thread_publish(thread)) {
		printk(KERN_ERR "%s: thread %s is not made: its module is leaving or has failed\n",
		       module_name(owner), thread->name);
		free_thread(thread);
		return NULL;
	}
	thread_wake(thread);
	return thread;
}

/* What every thread's stack begins with: it ends here, in kernel text. */
_Noreturn void thread_main(void)
{
	struct thread *self = thread_current();

	schedule_begin();
	irq_enable();
	preempt_enable();
	self->result = call_without_reference(self->owner, "thread", (const void *)self->function,
					      self->argument);
	delay_here();
	preempt_disable();
	WRITE_ONCE(self->state, THREAD_ENDING);
	schedule_end();
}

/* thread_stop without the wait: thread_should_stop is true in @thread from here, and it is woken.
 * The caller knows that it exists. Any context but nmi. */
static void thread_ask_to_stop(struct thread *thread)
{
	__atomic_store_n(&thread->stop, true, __ATOMIC_SEQ_CST);
	thread_wake(thread);
}

int thread_join(struct thread *thread)
{
	uint64_t flags;
	int result;

	delay_here();
	thread_ask_to_stop(thread);
	wait_event(&thread_ends, __atomic_load_n(&thread->state, __ATOMIC_ACQUIRE) == THREAD_DEAD);
	result = thread->result;
	flags = spin_lock_irqsave(&thread_list_lock);
	list_remove(&thread->all);
	spin_unlock_irqrestore(&thread_list_lock, flags);
	free_thread(thread);
	wait_queue_wake(&thread_ends);
	return result;
}

/* The pointer is any until it has been found in the list. */
static bool claim_to_stop(const struct thread *thread, const void *caller)
{
	const char *fault = "none, or has been stopped already";
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);
	struct thread *each;

	list_for_each(each, &thread_list, all) {
		if (each != thread || each->stopping)
			continue;
		if (each == thread_current())
			fault = "the one that stops it: return from its function";
		else if (!owner_lets(each->owner->ledger, caller))
			fault = "another module's";
		else
			fault = NULL;
		each->stopping = !fault;
	}
	spin_unlock_irqrestore(&thread_list_lock, flags);
	if (fault)
		misuse(caller, "the thread to stop is %s", fault);
	return !fault;
}

int thread_stop(struct thread *thread)
{
	if (!may_sleep())
		return -EDEADLK;
	stack_demand(STACK_FOR_STOP);
	return claim_to_stop(thread, __builtin_return_address(0)) ? thread_join(thread) : -EINVAL;
}

bool thread_should_stop(void)
{
	return READ_ONCE(thread_current()->stop);
}

void thread_yield(void)
{
	if (may_sleep())
		schedule();
}

int thread_set_cpu(int cpu)
{
	struct thread *self = thread_current();

	if (!may_sleep())
		return -EDEADLK;
	if (cpu != THREAD_ANY_CPU && (cpu < 0 || (unsigned)cpu >= cpu_count()))
		return -EINVAL;
	WRITE_ONCE(self->affinity, cpu);
	if (cpu != THREAD_ANY_CPU && cpu != READ_ONCE(self->cpu))
		schedule();
	return 0;
}

/* The thread that a hook or a handler runs on is not its to change. */
int thread_set_priority(enum thread_priority priority)
{
	if (priority >= THREAD_PRIORITIES)
		return -EINVAL;
	if (!may_sleep())
		return -EDEADLK;
	WRITE_ONCE(thread_current()->priority, priority);
	return 0;
}

static bool runs(const struct thread *thread)
{
	return cpu_of((unsigned)thread->cpu)->current == thread;
}

/* A thread that runs has its CPU's word on it; the others left a stack pointer when they were
 * switched away from. */
bool thread_stack_stopped(const struct thread *thread, uint64_t *low, uint64_t *high)
{
	if (thread->idle || thread->state == THREAD_DEAD)
		return false;
	*low = runs(thread) ? stop_stack_pointer((unsigned)thread->cpu) : thread->stack_pointer;
	*high = thread->stack_top;
	return *low != 0 && *low < *high;
}

unsigned thread_count_of(const struct module *owner, char *name, size_t size)
{
	const struct thread *thread;
	unsigned count = 0;
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	list_for_each(thread, &thread_list, all)
		if (thread->owner == owner && READ_ONCE(thread->state) != THREAD_DEAD &&
		    count++ == 0)
			snprintf(name, size, "%s", thread->name);
	spin_unlock_irqrestore(&thread_list_lock, flags);
	return count;
}

static struct thread *claim_ended(const struct module *owner, bool *none)
{
	struct thread *thread, *claimed = NULL;
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	*none = true;
	list_for_each(thread, &thread_list, all) {
		if (thread->owner != owner || READ_ONCE(thread->state) != THREAD_DEAD)
			continue;
		*none = false;
		if (!thread->stopping)
			claimed = thread;
	}
	if (claimed)
		claimed->stopping = true;
	spin_unlock_irqrestore(&thread_list_lock, flags);
	return claimed;
}

struct thread *thread_claim_ended_of(const struct module *owner)
{
	struct thread *claimed;
	bool none;

	wait_event(&thread_ends, (claimed = claim_ended(owner, &none)) || none);
	return claimed;
}

void thread_ask_of(const struct module *owner)
{
	struct thread *thread;
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);

	list_for_each(thread, &thread_list, all)
		if (thread->owner == owner)
			thread_ask_to_stop(thread);
	spin_unlock_irqrestore(&thread_list_lock, flags);
}

const char *thread_state_name(const struct thread *thread)
{
	static const char *const names[] = {"ready", "sleeping", "ended", "ended"};

	return runs(thread) ? "running" : names[READ_ONCE(thread->state)];
}

uint64_t thread_run_time(const struct thread *thread)
{
	uint64_t time = READ_ONCE(thread->run_time);
	uint64_t since = READ_ONCE(thread->since);
	uint64_t now = time_now();

	return runs(thread) && now > since ? time + now - since : time;
}

int thread_describe(unsigned index, struct thread_row *row)
{
	const struct thread *thread;
	int error = -ENOENT;
	uint64_t flags;

	memset(row, 0, sizeof(*row));
	flags = spin_lock_irqsave(&thread_list_lock);
	list_for_each(thread, &thread_list, all) {
		if (index-- != 0)
			continue;
		row->id = thread->id;
		row->cpu = thread->cpu;
		row->run_time = thread_run_time(thread);
		row->call = (uint64_t)READ_ONCE(thread->calls);
		snprintf(row->name, sizeof(row->name), "%s", thread->name);
		snprintf(row->state, sizeof(row->state), "%s", thread_state_name(thread));
		snprintf(row->owner, sizeof(row->owner), "%s", module_name(thread->owner));
		error = 0;
		break;
	}
	spin_unlock_irqrestore(&thread_list_lock, flags);
	return error;
}

unsigned thread_count(void)
{
	uint64_t flags = spin_lock_irqsave(&thread_list_lock);
	unsigned count = (unsigned)list_count(&thread_list);

	spin_unlock_irqrestore(&thread_list_lock, flags);
	return count;
}
