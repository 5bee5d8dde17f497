/*
 * Timers: one queue for each CPU, ordered by deadline, served by that CPU's local APIC timer. The
 * one rule: a timer is in a queue, or its callback runs, or neither, and it goes from the first to
 * the second in one critical section of the queue; after the callback has returned the timer is not
 * looked at again, as it may be gone. So whoever takes a timer out of its queue and then sees no
 * CPU running it knows that it never will run.
 */
#include <time/timer_queue.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/module.h>
#include <kernel/percpu.h>
#include <kernel/preempt.h>
#include <kernel/spinlock.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/guard.h>
#include <arch/lapic.h>
#include <irq/interrupt.h>
#include <time/clock.h>

#define NEVER UINT64_MAX
#define SHORTEST_PERIOD (10 * TIME_US) /* a shorter one would leave no time for anything else */
#define CALIBRATION TIME_MS
#define CALIBRATIONS 2

struct timer_queue {
	struct spinlock lock;
	struct heap heap;		    /* [L] of struct timer, by deadline */
	uint32_t booked;		    /* [L] how many of them have an owner */
	uint64_t programmed;		    /* [L] when the APIC timer will fire */
	uint64_t slice;			    /* [P] */
	bool serving;			    /* [P] its interrupt is being handled */
	struct timer *running;		    /* [A] whose callback runs now; set with the lock */
	const struct module *running_owner; /* [A] before running */
};
static DEFINE_PER_CPU(struct timer_queue, timer_queue) = {
    .lock = SPINLOCK_INIT("timer_queue"),
    .programmed = NEVER,
    .slice = NEVER,
};

static uint64_t apic_scale;	    /* [I] APIC ticks = ns * scale / 2^32 */
static void (*slice_handler)(void); /* [I] after boot */
static int (*admission)(const struct module *owner, const void *function); /* [I] after boot */
static struct timer keepalive;

static struct timer *timer_of(struct heap_node *node)
{
	return container_of(node, struct timer, node);
}

/* Interrupts off. A deadline too far for the counter fires early, and is programmed again. */
static void program(struct timer_queue *queue, uint64_t deadline)
{
	uint64_t now, ticks;

	if (deadline >= queue->programmed)
		return;
	queue->programmed = deadline;
	now = time_now();
	ticks = deadline > now ? deadline - now : 0;
	ticks = ticks > 60 * TIME_SECOND ? UINT32_MAX
					 : (uint64_t)((unsigned __int128)ticks * apic_scale >> 32);
	lapic_timer_start((uint32_t)min(ticks + 1, (uint64_t)UINT32_MAX));
}

static uint64_t next_deadline(struct timer_queue *queue)
{
	struct heap_node *first = heap_first(&queue->heap);

	return min(first ? first->key : NEVER, queue->slice);
}

static void insert_locked(struct timer_queue *queue, struct timer *timer, uint64_t deadline)
{
	timer->node.key = deadline;
	heap_insert(&queue->heap, &timer->node);
	queue->booked += timer->owner != NULL;
	__atomic_store_n(&timer->cpu, (int32_t)cpu_id(), __ATOMIC_RELEASE);
}

static void remove_locked(struct timer_queue *queue, struct timer *timer)
{
	heap_remove(&queue->heap, &timer->node);
	queue->booked -= timer->owner != NULL;
	__atomic_store_n(&timer->cpu, -1, __ATOMIC_RELEASE);
}

/* The first timer that is due, as the one that runs now; NULL when there is none. */
static struct timer *take_due(struct timer_queue *queue, uint64_t now)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct heap_node *first = heap_first(&queue->heap);
	struct timer *timer = NULL;

	if (first && first->key <= now) {
		timer = timer_of(first);
		WRITE_ONCE(queue->running_owner, timer->owner);
		/* Before cpu becomes -1: timer_cancel looks at them in the opposite order. */
		__atomic_store_n(&queue->running, timer, __ATOMIC_RELEASE);
		remove_locked(queue, timer);
		if (timer->period) /* what was missed is not made up for */
			insert_locked(queue, timer, max(first->key + timer->period, now + 1));
	} else {
		__atomic_store_n(&queue->running, NULL, __ATOMIC_RELEASE);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return timer;
}

/* The timer may be gone when its callback returns. */
static void call_back(const struct timer *timer)
{
	struct guarded_one one = {1, {(const void *)timer->function, timer, timer->owner}};

	call_guarded(&one, timer->argument);
}

static void on_timer(struct trap_frame *frame)
{
	struct timer_queue *queue = this_cpu_pointer(timer_queue);
	uint64_t now = time_now();
	struct timer *timer;

	queue->programmed = NEVER;
	queue->serving = true;
	if (queue->slice <= now) {
		queue->slice = NEVER;
		slice_handler(); /* bare: the scheduler's */
	}
	while ((timer = take_due(queue, now)) != NULL)
		call_back(timer); /* see timer_cancel */
	queue->serving = false;
	program(queue, next_deadline(queue));
}

/*
 * Who arms, moves or cancels a timer holds its `busy`, interrupts off, so that it is never in two
 * queues. Nobody waits for anything but a queue's lock with it.
 */
static uint64_t timer_lock(struct timer *timer)
{
	uint64_t flags = irq_save();

	preempt_disable();
	while (__atomic_exchange_n(&timer->busy, 1, __ATOMIC_ACQUIRE) != 0)
		cpu_pause();
	return flags;
}

static void timer_unlock(struct timer *timer, uint64_t flags)
{
	__atomic_store_n(&timer->busy, 0, __ATOMIC_RELEASE);
	irq_restore(flags);
	preempt_enable();
}

/* Takes it out of its queue, if it is in one. With timer_lock. */
static bool withdraw(struct timer *timer)
{
	int32_t cpu = __atomic_load_n(&timer->cpu, __ATOMIC_ACQUIRE);
	struct timer_queue *queue;
	bool armed;
	uint64_t flags;

	if (cpu < 0)
		return false;
	queue = per_cpu_pointer(timer_queue, cpu);
	flags = spin_lock_irqsave(&queue->lock);
	armed = timer->cpu == cpu; /* it may have become due, or, periodic, due and armed again */
	if (armed)
		remove_locked(queue, timer);
	spin_unlock_irqrestore(&queue->lock, flags);
	return armed;
}

static int arm(struct timer *timer, uint64_t delay, uint64_t period)
{
	uint64_t now = time_now();
	uint64_t deadline = delay < NEVER - 1 - now ? now + delay : NEVER - 1;
	uint64_t flags = timer_lock(timer);
	struct timer_queue *queue = this_cpu_pointer(timer_queue);
	int error = 0;

	withdraw(timer);
	spin_lock(&queue->lock);
	if (timer->owner && admission)
		/* bare: the bus's, set at boot */
		error = admission(timer->owner, (const void *)timer->function);
	if (error == 0) {
		timer->period = period;
		insert_locked(queue, timer, deadline);
		if (!queue->serving)
			program(queue, deadline);
	}
	spin_unlock(&queue->lock);
	timer_unlock(timer, flags);
	return error;
}

void timer_init_at(struct timer *timer, void (*function)(struct timer *, void *), void *argument,
		   struct module *owner, const struct place *place)
{
	memset(timer, 0, sizeof(*timer));
	timer->function = function;
	timer->argument = argument;
	timer->owner = owner;
	timer->place = place;
	timer->cpu = -1;
}
EXPORT_SYMBOL(timer_init_at);

int timer_start(struct timer *timer, uint64_t delay)
{
	return arm(timer, delay, 0);
}
EXPORT_SYMBOL(timer_start);

int timer_start_periodic(struct timer *timer, uint64_t period)
{
	period = max(period, (uint64_t)SHORTEST_PERIOD);
	return arm(timer, period, period);
}
EXPORT_SYMBOL(timer_start_periodic);

/* The CPU that runs its callback now; -1: none. */
static int running_on(const struct timer *timer)
{
	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		if (__atomic_load_n(&per_cpu(timer_queue, cpu).running, __ATOMIC_ACQUIRE) == timer)
			return (int)cpu;
	}
	return -1;
}

/*
 * Taking it out may have to be done again: a callback under way may arm its own timer. The wait is
 * with preemption on, for interrupts of another CPU only.
 */
bool timer_cancel(struct timer *timer)
{
	bool was_armed = false;

	for (;;) {
		uint64_t flags = timer_lock(timer);
		int cpu;
		bool own;

		was_armed |= withdraw(timer);
		cpu = running_on(timer);
		own = cpu == (int)cpu_id() && in_irq();
		timer_unlock(timer, flags);
		if (cpu < 0 || own)
			return was_armed;
		cpu_pause();
	}
}
EXPORT_SYMBOL(timer_cancel);

void timer_set_admission(int (*admit)(const struct module *owner, const void *function))
{
	admission = admit;
}

/* The next node in the order parent, children, next sibling; NULL after the last. */
static struct heap_node *heap_after(struct heap_node *node)
{
	if (node->child)
		return node->child;
	for (;;) {
		if (node->next)
			return node->next;
		if (node->previous == node)
			return NULL;
		while (node->previous->child != node)
			node = node->previous;
		node = node->previous;
	}
}

static struct timer *armed_of(struct timer_queue *queue, const struct module *owner)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	struct heap_node *node = heap_first(&queue->heap);
	struct timer *found = NULL;

	for (; node && !found; node = heap_after(node)) {
		if (timer_of(node)->owner == owner)
			found = timer_of(node);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return found;
}

/* A callback that runs may arm a timer, so whoever has waited for one looks again. */
static bool wait_for_callback(struct timer_queue *queue, const struct module *owner)
{
	bool waited = false;

	while (__atomic_load_n(&queue->running, __ATOMIC_ACQUIRE) != NULL &&
	       READ_ONCE(queue->running_owner) == owner) {
		waited = true;
		cpu_pause();
	}
	return waited;
}

struct timer *timer_first_of(const struct module *owner)
{
	unsigned cpu = 0;

	while (cpu < cpu_count()) {
		struct timer_queue *queue = per_cpu_pointer(timer_queue, cpu);
		struct timer *timer = NULL;

		if (READ_ONCE(queue->booked) != 0)
			timer = armed_of(queue, owner);
		if (timer)
			return timer;
		cpu = wait_for_callback(queue, owner) ? 0 : cpu + 1;
	}
	return NULL;
}

unsigned timer_count(void)
{
	unsigned count = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++)
		count += READ_ONCE(per_cpu(timer_queue, cpu).booked);
	return count;
}
EXPORT_SYMBOL(timer_count);

void slice_set(uint64_t deadline)
{
	struct timer_queue *queue = this_cpu_pointer(timer_queue);
	uint64_t flags = irq_save();

	queue->slice = deadline ? deadline : NEVER;
	if (!queue->serving)
		program(queue, queue->slice);
	irq_restore(flags);
}

void slice_set_handler(void (*handler)(void))
{
	slice_handler = handler;
}

/* How many ticks the APIC timer counts in a known time; the tightest of several tries counts. */
static void measure_apic_timer(void)
{
	uint64_t best = NEVER;

	lapic_timer_start(UINT32_MAX);
	for (unsigned i = 0; i < CALIBRATIONS; i++) {
		uint64_t begin = time_now(), middle, end;
		uint32_t first = lapic_timer_count(), last;

		middle = time_now();
		time_delay(CALIBRATION);
		end = time_now();
		last = lapic_timer_count();
		if (middle - begin + (time_now() - end) >= best)
			continue;
		best = middle - begin + (time_now() - end);
		apic_scale = ((uint64_t)(first - last) << 32) / (end - begin);
	}
	lapic_timer_start(0);
}

void timer_queue_init_cpu(void)
{
	lapic_timer_setup(VECTOR_TIMER);
}

static void keep_alive(struct timer *timer, void *unused)
{
	time_now();
}

void timer_queue_init(void)
{
	uint64_t period = clock_keepalive();

	interrupt_set_handler(VECTOR_TIMER, "timer", on_timer);
	timer_queue_init_cpu();
	measure_apic_timer();
	timer_init_at(&keepalive, keep_alive, NULL, NULL, NULL);
	if (period)
		timer_start_periodic(&keepalive, period);
}
