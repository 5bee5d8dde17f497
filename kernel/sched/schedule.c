/*
 * The switch: when a CPU goes from one thread to another, for a slice's end, a stop, or nothing to
 * do. A run queue stays locked from before a thread is taken off its CPU until its registers are
 * saved and another has taken over, so a CPU that locks the queue of a sleeping thread finds all of
 * it on its stack. Every switch happens at preempt count 1 plus that lock, so the count needs no
 * saving: the thread that is switched to lets both go. A thread that is preempted stays runnable
 * whatever its state says: it may be about to sleep, or not. A choice is made at the end of each
 * slice.
 */
#include "sched_internal.h"

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/cpu.h>
#include <irq/interrupt.h>
#include <log/panic.h>
#include <mm/stack.h>
#include <smp/ipi.h>
#include <smp/stop.h>
#include <sync/resched_request.h>

#define SLICE (10 * TIME_MS)
#define STOPS_IN_A_ROW 8
#define BREATH (100 * TIME_US)

void switch_context(uint64_t *save, uint64_t load); /* switch.asm */

/*
 * A CPU that comes out of a stop may find that the next one waits for it already: a thread on
 * another CPU that stops the machine over and over would keep all others from running anything.
 * After some in a row this CPU runs for a moment before it answers. Interrupts off.
 */
static bool stop_is_due(void)
{
	return stop_waits() && this_cpu_pointer(run_queue)->stops < STOPS_IN_A_ROW;
}

static void answer_stop(void)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);

	stop_answer();
	queue->stops = stop_waits() ? queue->stops + 1 : 0;
	if (queue->stops == STOPS_IN_A_ROW)
		timer_start(&queue->breath, BREATH);
}

static void end_breath(struct timer *timer, void *queue_of_this_cpu)
{
	struct run_queue *queue = queue_of_this_cpu;

	queue->stops = 0;
	resched_request();
}

/* Interrupts off, after what was wanted has been done: begins a slice if a thread waits for its
 * end, and makes the bit of the preempt count say what is wanted. */
static void arm_slice(void)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);

	if (READ_ONCE(queue->ready_count) != 0 && !queue->sliced) {
		queue->sliced = true;
		timer_start(&queue->slice, SLICE);
	}
	if (READ_ONCE(queue->wanted) || stop_is_due())
		resched_request();
	else
		preempt_unwant();
}

/* The slice may have begun for a thread that has left the CPU since. */
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
		resched_request();
	}
}

/* Where does the thread that leaves go? Locked. */
static void put_back(struct run_queue *queue, struct thread *thread, bool preempted)
{
	if (thread->idle)
		return;
	if (!preempted && thread->state != THREAD_RUNNING) {
		thread->queued = false;
		if (thread->state == THREAD_ENDING)
			queue->left = thread;
	} else if (thread->affinity != THREAD_ANY_CPU && thread->affinity != thread->cpu) {
		queue->left = thread;
	} else {
		run_queue_add(queue, thread);
	}
}

/* A thread that has left for ever, or for another CPU, is let go only now, off its stack. */
void schedule_begin(void)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);
	struct thread *left = queue->left;
	bool ended = left && left->state == THREAD_ENDING;

	queue->left = NULL;
	if (left && !ended)
		queue = run_queue_make_ready(queue, left);
	spin_unlock(&queue->lock);
	if (ended) {
		/* thread_stop frees it from here on; pairs with its load. */
		__atomic_store_n(&left->state, THREAD_DEAD, __ATOMIC_RELEASE);
		wait_queue_wake(&thread_ends);
	}
	arm_slice();
}

/* Interrupts off, preempt count 1. */
static void reschedule(bool preempted)
{
	struct run_queue *queue = this_cpu_pointer(run_queue);
	struct thread *previous = queue->current, *next;
	uint64_t now = time_now();

	if (unlikely(debug_enabled) && preempt_count() != 1)
		panic("a switch of threads at preempt count %u", preempt_count());
	spin_lock(&queue->lock);
	queue->wanted = false;
	put_back(queue, previous, preempted);
	next = run_queue_take(queue, false);
	if (!next)
		next = run_queue_steal();
	if (!next)
		next = queue->idle;
	if (next != previous) {
		previous->run_time += now - previous->since;
		next->since = now;
		queue->current = next;
		queue->switches++;
		cpu_this()->current = next;
		switch_context(&previous->stack_pointer, next->stack_pointer);
	}
	schedule_begin();
}

/* The count is zero and something is wanted. Interrupts off before and after. */
static void do_resched(void)
{
	do {
		preempt_disable();
		if (stop_is_due())
			answer_stop();
		if (READ_ONCE(this_cpu_pointer(run_queue)->wanted))
			reschedule(true);
		else
			arm_slice();
	} while (preempt_enable_only());
}

/* With interrupts off it is put off until they come on: an interrupt to itself brings it back. */
void preempt_reschedule(void)
{
	if (!irq_enabled()) {
		preempt_unwant();
		ipi_send(cpu_id(), VECTOR_RESCHEDULE);
		return;
	}
	irq_disable();
	do_resched();
	irq_enable();
}

void preempt_leave_interrupt(const struct trap_frame *frame)
{
	if (preempt_enable_only() && !stack_same((uint64_t)frame, cpu_this()->interrupt_stack))
		do_resched();
}

void schedule(void)
{
	preempt_disable();
	irq_disable();
	reschedule(false);
	irq_enable();
	preempt_enable();
}

_Noreturn void schedule_end(void)
{
	irq_disable();
	reschedule(false);
	panic("a thread that has ended runs");
}

/* Another CPU has given this one something to run, or to share its time with. */
static void on_reschedule(struct trap_frame *frame)
{
	resched_request();
}

/*
 * Nothing to do. What is wanted is known before the quiet word says idle, or comes as an interrupt,
 * which ends the halt: interrupts stay off from the look to the halt.
 */
static _Noreturn int run_idle(void *unused)
{
	for (;;) {
		preempt_disable();
		irq_disable();
		idle_enter();
		if (!preempt_is_wanted())
			cpu_halt_enabled();
		irq_disable();
		idle_leave();
		irq_enable();
		preempt_enable();
	}
}

struct thread *sched_prepare_cpu(unsigned cpu)
{
	struct thread *idle = thread_make(run_idle, NULL, (int)cpu, THIS_MODULE, HERE);
	struct run_queue *queue = per_cpu_pointer(run_queue, cpu);

	if (!idle)
		return NULL;
	snprintf(idle->name, sizeof(idle->name), "idle/%u", cpu);
	idle->idle = true;
	idle->queued = true;
	idle->state = THREAD_RUNNING;
	idle->priority = THREAD_LOW;
	for (unsigned priority = 0; priority < THREAD_PRIORITIES; priority++)
		list_init(&queue->ready[priority]);
	timer_init_at(&queue->breath, end_breath, queue, NULL, NULL);
	timer_init_at(&queue->slice, end_slice, queue, NULL, NULL);
	queue->idle = idle;
	queue->current = idle;
	thread_publish(idle);
	return idle;
}

_Noreturn void sched_run_cpu(struct thread *idle)
{
	idle->since = time_now();
	cpu_this()->current = idle;
	irq_enable();
	run_idle(NULL);
}

int sched_init(void)
{
	static struct thread boot = {
	    .name = "boot",
	    .affinity = THREAD_ANY_CPU,
	    .priority = THREAD_NORMAL,
	    .queued = true,
	    .owner = THIS_MODULE,
	};

	if (!sched_prepare_cpu(0))
		return -ENOMEM;
	boot.place = HERE;
	boot.since = time_now();
	sleep_timer_init(&boot);
	thread_publish(&boot);
	this_cpu_pointer(run_queue)->current = &boot;
	cpu_this()->current = &boot;
	interrupt_set_handler(VECTOR_RESCHEDULE, "resched", on_reschedule);
	return 0;
}
