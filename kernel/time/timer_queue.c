/*
 * Timers: each CPU's queue is served by that CPU's local APIC timer. The one rule: the APIC timer
 * is set to fire no later than the first timer is due, except while the CPU is in its handler,
 * which sets it last of all; so only that CPU ever sets it. What else keeps timers right is told in
 * time/deferred.c.
 */
#include <time/timer_queue.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/statistics.h>
#include <kernel/time.h>

#include <arch/control.h>
#include <arch/guard.h>
#include <arch/lapic.h>
#include <irq/interrupt.h>
#include <log/misuse.h>
#include <log/panic.h>
#include <smp/late.h>
#include <time/clock.h>
#include <time/deferred.h>

#define NEVER UINT64_MAX
#define SHORTEST_PERIOD (10 * TIME_US) /* a shorter one would leave no time for anything else */
#define CALIBRATION TIME_MS
#define CALIBRATIONS 2

struct timer_queue {
	struct deferred_queue queue;
	uint64_t programmed; /* [L] when the APIC timer will fire; 0: its handler runs */
};
static DEFINE_PER_CPU(struct timer_queue, timer_queue);
static const struct deferred_kind kind = {"timer", &timer_queue.queue};

static uint64_t apic_scale; /* [I] APIC ticks = ns * scale / 2^32 */
static struct timer keepalive;
static DEFINE_PER_CPU(struct timer, late_ticks); /* while this CPU waits for others: smp/late.h */

/* Locked. A deadline too far for the counter fires early, and is programmed again. */
static void program(struct timer_queue *timers, uint64_t deadline)
{
	uint64_t now, ticks;

	if (deadline >= timers->programmed)
		return;
	timers->programmed = deadline;
	now = time_now();
	ticks = deadline > now ? min(deadline - now, 60 * TIME_SECOND) : 0;
	ticks = (uint64_t)((unsigned __int128)ticks * apic_scale >> 32);
	lapic_timer_start((uint32_t)min(ticks + 1, (uint64_t)UINT32_MAX));
}

/* The first timer that is due, as the one that runs now; NULL when there is none. */
static struct timer *take_due(struct timer_queue *timers, uint64_t now)
{
	uint64_t flags = spin_lock_irqsave(&timers->queue.lock);
	struct deferred *item = deferred_take_locked(&timers->queue, now);
	struct timer *timer = item ? container_of(item, struct timer, item) : NULL;

	if (timer && timer->period && deferred_admit(item, item->function, kind.name, NULL) == 0) {
		/* What was missed is not made up for. */
		deferred_add_locked(&timers->queue, item, max(item->due + timer->period, now + 1));
	} else if (!timer) {
		timers->programmed = NEVER;
		program(timers, deferred_next_locked(&timers->queue));
	}
	spin_unlock_irqrestore(&timers->queue.lock, flags);
	return timer;
}

/* The timer may be gone when its callback returns. */
static void call_back(struct timer *timer)
{
	const struct deferred *item = &timer->item;
	struct guarded_one one = {1, {item->function, timer, item->owner}};
	void (*function)(struct timer *, void *) = (void (*)(struct timer *, void *))item->function;

	if (item->owner)
		call_guarded(&one, item->argument);
	else
		function(timer, item->argument); /* bare: the kernel's own */
}

static void on_timer(struct trap_frame *frame)
{
	struct timer_queue *timers = this_cpu_pointer(timer_queue);
	uint64_t now = time_now();
	struct timer *timer;

	WRITE_ONCE(timers->programmed, 0); /* no other CPU looks at it before a timer runs */
	while ((timer = take_due(timers, now)) != NULL)
		call_back(timer); /* see timer_cancel */
}

static int arm(struct timer *timer, uint64_t delay, uint64_t period, const void *caller)
{
	uint64_t flags, now = time_now();
	uint64_t deadline = delay < NEVER - 1 - now ? now + delay : NEVER - 1;
	struct deferred_queue *queue;
	int error;

	queue = deferred_lock_here(&timer->item, &kind, true, caller, &flags);
	if (!queue)
		return -EINVAL;
	error = deferred_admit(&timer->item, timer->item.function, kind.name, caller);
	if (error == 0) {
		timer->period = period;
		deferred_add_locked(queue, &timer->item, deadline);
		program(container_of(queue, struct timer_queue, queue), deadline);
	}
	spin_unlock_irqrestore(&queue->lock, flags);
	return error;
}

void timer_init_at(struct timer *timer, void (*function)(struct timer *, void *), void *argument,
		   struct module *owner, const struct source_location *place)
{
	deferred_init(&timer->item, &kind, (const void *)function, argument, owner, place,
		      __builtin_return_address(0));
}

int timer_start(struct timer *timer, uint64_t delay)
{
	return arm(timer, delay, 0, __builtin_return_address(0));
}

int timer_start_periodic(struct timer *timer, uint64_t period)
{
	period = max(period, (uint64_t)SHORTEST_PERIOD);
	return arm(timer, period, period, __builtin_return_address(0));
}

/*
 * Taking it out may have to be done again: a callback under way may arm its own timer. The wait is
 * with preemption on, for interrupts of another CPU only.
 */
bool timer_cancel(struct timer *timer)
{
	const void *place = __builtin_return_address(0);
	bool was_armed = false;
	struct deferred_queue *runs_on;

	while ((runs_on = deferred_withdraw(&timer->item, &kind, place, &was_armed)) != NULL) {
		if (in_irq() && runs_on == &this_cpu_pointer(timer_queue)->queue)
			break; /* by its own callback */
		if (preempt_count() > 0 || !irq_enabled()) {
			misuse(place,
			       "cancelled a timer whose callback runs on another CPU, and has "
			       "not waited for it, since that may wait for this one");
			break;
		}
		cpu_pause();
	}
	return was_armed;
}

bool timer_take_of(const struct module *owner, const struct source_location **place)
{
	return deferred_take_of(&kind, owner, place);
}

/* The wait is with preemption on, for interrupts of other CPUs only. */
void timer_drain(const struct module *owner)
{
	while (deferred_runs_of(&kind, owner))
		cpu_pause();
}

unsigned timer_count(void)
{
	unsigned count = 0;

	for (unsigned cpu = 0; cpu < cpu_count(); cpu++) {
		struct deferred_queue *queue = &per_cpu_pointer(timer_queue, cpu)->queue;
		uint64_t flags = spin_lock_irqsave(&queue->lock);
		const struct deferred *item;

		for_each_waiting(item, queue)
			count += item->owner != NULL;
		spin_unlock_irqrestore(&queue->lock, flags);
	}
	return count;
}

/* How many ticks the APIC timer counts in a known time; the tightest of several tries counts. */
static void measure_apic_timer(void)
{
	uint64_t best = NEVER;

	lapic_timer_start(UINT32_MAX);
	for (unsigned i = 0; i < CALIBRATIONS; i++) {
		uint64_t begin = time_now(), middle, end, width;
		uint32_t first = lapic_timer_count(), last;

		middle = time_now();
		time_delay(CALIBRATION);
		end = time_now();
		last = lapic_timer_count();
		width = middle - begin + (time_now() - end);
		if (width >= best)
			continue;
		best = width;
		apic_scale = ((uint64_t)(first - last) << 32) / (end - begin);
	}
	lapic_timer_start(0);
	if (apic_scale == 0)
		panic("the timer of the local APIC does not count");
}

static void on_late_tick(struct timer *timer, void *unused)
{
	late_tick();
}

void late_set_ticks(bool on)
{
	struct timer *ticks = this_cpu_pointer(late_ticks);

	if (on)
		timer_start_periodic(ticks, 100 * TIME_MS);
	else
		timer_cancel(ticks);
}

void timer_queue_init_cpu(void)
{
	struct timer_queue *timers = this_cpu_pointer(timer_queue);

	deferred_queue_init(&timers->queue, "timer_queue");
	timers->programmed = NEVER;
	timer_init_at(this_cpu_pointer(late_ticks), on_late_tick, NULL, NULL, NULL);
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
