/*
 * The switch from one thread to another, and the points where it happens. The one rule: a run queue
 * stays locked from before a thread is taken off its CPU until its registers are saved and another
 * has taken over, so whoever locks the queue of a sleeping thread finds all of it on its stack.
 *
 * Every switch happens at preempt count 1 plus that lock, so the count needs no saving: the thread
 * that is switched to lets both go. A thread that is preempted stays runnable whatever its state
 * says: it may be about to sleep, or to find that it need not.
 */
#include <sched/sched.h>

#include <lib/compiler.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <irq/interrupt.h>
#include <log/panic.h>
#include <smp/ipi.h>
#include <smp/stop.h>
#include <sync/preempt_want.h>

#include "run_queue.h"

void switch_context(uint64_t *save, uint64_t load); /* switch.asm */

/* Where does the thread that leaves go? Locked. */
static void put_back(struct run_queue *queue, struct thread *thread, bool preempted)
{
	if (thread->idle)
		return;
	if (!preempted && thread->state != THREAD_RUNNING) {
		thread->queued = false;
		if (thread->state == THREAD_ENDING)
			queue->ended = thread;
	} else if (thread->affinity != THREAD_ANY_CPU && thread->affinity != thread->cpu) {
		queue->moving = thread;
	} else {
		list_add_last(&queue->ready[thread->priority], &thread->node);
		queue->ready_count++;
	}
}

static struct thread *choose_next(struct run_queue *queue)
{
	struct thread *next = run_queue_take_locked(queue);

	if (!next)
		next = run_queue_steal_locked(queue);
	return next ? next : queue->idle;
}

/* Interrupts off: makes the bit of the preempt count say what is wanted, after what has been. */
static void settle(void)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);

	run_queue_start_slice(queue);
	if (READ_ONCE(queue->wanted) || stop_waits())
		preempt_want();
	else
		preempt_unwant();
}

/* The thread that has left for ever, or for another CPU, is let go only now, off its stack. */
void schedule_begin(void)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);
	struct thread *ended = queue->ended;
	struct thread *moving = queue->moving;

	queue->ended = NULL;
	queue->moving = NULL;
	if (moving)
		moving->cpu = moving->affinity;
	spin_unlock(&queue->lock);
	if (moving) {
		queue = per_cpu_pointer(run_queue, moving->affinity);
		spin_lock(&queue->lock);
		run_queue_add_locked(queue, moving, (unsigned)moving->affinity);
		spin_unlock(&queue->lock);
	}
	if (ended) {
		/* thread_stop frees it from here on; pairs with its load. */
		__atomic_store_n(&ended->state, THREAD_DEAD, __ATOMIC_RELEASE);
		wait_queue_wake(&thread_ends);
	}
	settle();
}

static void switch_to(struct run_queue *queue, struct thread *next, uint64_t now)
{
	struct cpu *cpu = cpu_this();
	struct thread *previous = queue->current;

	previous->run_time += now - previous->since;
	next->since = now;
	queue->current = next;
	queue->switches++;
	cpu->current = next;
	cpu->kernel_stack = next->stack_top;
	switch_context(&previous->stack_pointer, next->stack_pointer);
	schedule_begin();
}

/* Interrupts off, preempt count 1. */
static void schedule_locked(bool preempted)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);
	struct thread *next;
	uint64_t now = time_now();

	if (unlikely(debug_enabled) && preempt_count() != 1)
		panic("a switch of threads at preempt count %u", preempt_count());
	spin_lock(&queue->lock);
	queue->wanted = false;
	put_back(queue, queue->current, preempted);
	next = choose_next(queue);
	if (next != queue->current) {
		switch_to(queue, next, now);
		return;
	}
	spin_unlock(&queue->lock);
	settle();
}

/* The count is zero and something is wanted. Interrupts off before and after. */
static void do_wanted(void)
{
	do {
		preempt_disable();
		if (stop_waits())
			stop_answer();
		if (READ_ONCE(this_cpu_pointer(run_queue)->wanted))
			schedule_locked(true);
		else
			settle();
	} while (preempt_enable_only());
}

/* With interrupts off it is put off until they come on: an interrupt to itself brings it back. */
void preempt_reschedule(void)
{
	if (!irq_enabled()) {
		preempt_unwant();
		ipi_reschedule(cpu_id());
		return;
	}
	irq_disable();
	do_wanted();
	irq_enable();
}
EXPORT_SYMBOL(preempt_reschedule);

void preempt_leave_interrupt(void)
{
	if (preempt_enable_only())
		do_wanted();
}

void schedule(void)
{
	preempt_disable();
	irq_disable();
	schedule_locked(false);
	irq_enable();
	preempt_enable();
}

_Noreturn void schedule_end(void)
{
	irq_disable();
	schedule_locked(false);
	panic("a thread that has ended runs");
}

/*
 * Nothing to do. What is wanted is known before the quiet word says idle, or comes as an interrupt,
 * which ends the halt: interrupts stay off from the look to the halt.
 */
_Noreturn void idle_loop(void)
{
	for (;;) {
		preempt_enable();
		preempt_disable();
		irq_disable();
		quiet_enter();
		if (!preempt_is_wanted())
			cpu_halt_enabled();
		irq_disable();
		quiet_leave();
		irq_enable();
	}
}

/* Another CPU has given this one something to run, or to share its time with. */
static void on_reschedule(struct trap_frame *frame)
{
	preempt_want();
}

static struct thread boot_thread; /* the code that calls sched_init */

int sched_init(void)
{
	struct thread *idle = sched_prepare_cpu(0);
	struct thread *boot = &boot_thread;

	if (!idle)
		return -ENOMEM;
	thread_prepare(idle);
	snprintf(boot->name, sizeof(boot->name), "boot");
	boot->affinity = THREAD_ANY_CPU;
	boot->priority = THREAD_NORMAL;
	boot->queued = true;
	boot->owner = THIS_MODULE;
	boot->place = PLACE;
	boot->stack_top = cpu_this()->kernel_stack;
	boot->since = time_now();
	sleep_timer_init(boot);
	thread_publish(boot);
	this_cpu_pointer(run_queue)->current = boot;
	cpu_this()->current = boot;
	interrupt_set_handler(VECTOR_RESCHEDULE, "resched", on_reschedule);
	return 0;
}

static int run_idle(void *unused)
{
	preempt_disable();
	idle_loop();
}

struct thread *sched_prepare_cpu(unsigned cpu)
{
	struct thread *idle = thread_make(run_idle, NULL, (int)cpu, THIS_MODULE, PLACE);

	if (!idle)
		return NULL;
	snprintf(idle->name, sizeof(idle->name), "idle/%u", cpu);
	idle->idle = true;
	idle->queued = true;
	idle->priority = THREAD_LOW;
	run_queue_init(per_cpu_pointer(run_queue, cpu), idle, idle);
	thread_publish(idle);
	return idle;
}

_Noreturn void sched_run_cpu(struct thread *idle)
{
	idle->since = time_now();
	cpu_this()->current = idle;
	preempt_disable();
	idle_loop();
}

_Noreturn void sched_boot_done(void)
{
	for (;;) {
		sleep_prepare();
		sleep_until(WAIT_FOREVER);
	}
}
