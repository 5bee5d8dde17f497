/*
 * Which thread runs where and when: a run queue for each CPU, three priorities, round robin in
 * each. A lower priority whose threads have waited for sixteen slices, and none was chosen, comes
 * first once, so that nothing starves: a thread runs when those before it in its list have had
 * their turn, and a choice is made at the end of each slice. The one rule: a
 * thread that is runnable is current, in one ready list, or on its way between two queues by the
 * hand of one CPU, and ->queued keeps all others off it meanwhile.
 *
 * The switch. A run queue stays locked from before a thread is taken off its CPU until its
 * registers are saved and another has taken over, so a CPU that locks the queue of a sleeping
 * thread finds all of it on its stack. Every switch happens at preempt count 1 plus that lock, so
 * the count needs no saving: the thread that is switched to lets both go. A thread that is
 * preempted stays runnable whatever its state says: it may be about to sleep, or not.
 */
#include "sched_internal.h"

#include <string.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/statistics.h>
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
#define STARVED (16 * SLICE)
#define STOPS_IN_A_ROW 8
#define BREATH (100 * TIME_US)

/* A thread's [R] members are guarded by the lock of the queue of its ->cpu. A CPU that has one
 * locked only tries a second. */
struct run_queue {
	struct spinlock lock;
	struct list_node ready[THREAD_PRIORITIES]; /* [L] */
	uint32_t ready_count;			   /* [L] in all; read without it as a hint */
	uint64_t waits_since[THREAD_PRIORITIES]; /* [L] threads have waited, and none was chosen */
	uint64_t switches;			 /* [L] */
	struct thread *current;			 /* [L] hint for others */
	struct thread *idle;			 /* [I] */
	struct thread *left; /* [P] switched away from, for ever or to go elsewhere */
	struct timer slice;  /* of the current thread, if others wait for its end */
	bool sliced;	     /* [P] it is set */
	struct timer breath; /* the next stop is answered when it ends */
	unsigned stops; /* [P] answered with nothing run in between; STOPS_IN_A_ROW: it is set */
	bool wanted;	/* [A] this CPU should schedule; set with the lock or by itself */
};
static DEFINE_PER_CPU(struct run_queue, run_queue) = {.lock = SPINLOCK_INIT("run_queue")};

void switch_context(uint64_t *save, uint64_t load); /* switch.asm */

/* Last in its priority. Locked. */
static void enqueue(struct run_queue *queue, struct thread *thread)
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

/* Takes out the next one to run, or, for another CPU, the next one that may move. Locked. */
static struct thread *take(struct run_queue *queue, bool for_another)
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
static struct thread *steal(void)
{
	struct thread *thread = NULL;

	for (unsigned cpu = 0; cpu < cpu_count() && !thread; cpu++) {
		struct run_queue *victim = per_cpu_pointer(run_queue, cpu);

		if (READ_ONCE(victim->ready_count) == 0 || !spin_trylock(&victim->lock))
			continue;
		thread = take(victim, true);
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

/*
 * Puts a runnable thread that is in no queue last in its priority, where it should run, and tells
 * that CPU once if that matters to it: it should schedule, or begin a slice. Its queue is locked
 * before, afterwards the one that is returned.
 */
static struct run_queue *make_ready(struct run_queue *queue, struct thread *thread)
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
	enqueue(queue, thread);
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
			queue = make_ready(queue, thread);
		}
	}
	spin_unlock_irqrestore(&queue->lock, flags);
}

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
		enqueue(queue, thread);
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
		queue = make_ready(queue, left);
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
	next = take(queue, false);
	if (!next)
		next = steal();
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
EXPORT_SYMBOL(preempt_reschedule);

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
EXPORT_SYMBOL(cpu_describe);
