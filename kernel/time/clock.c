/*
 * The clock. The TSC is cheap to read but nobody says how fast it runs or that it runs evenly; so
 * it is read next to a counter whose frequency is known, several times, and taken only if all
 * readings lie on one line within what their brackets allow. The one rule: whatever is chosen, or
 * fallen back to, goes on from the time shown before and never behind it.
 */
#include <time/clock.h>

#include <lib/compiler.h>

#include <kernel/module.h>
#include <kernel/printk.h>
#include <kernel/time.h>

#include <arch/control.h>

#include "counter.h"

#define POINTS 5
#define GAP_HZ 700 /* points lie 1/700 s apart */
#define BRACKETS 6 /* readings for each, the tightest counts */
#define ATTEMPTS 5
#define TOLERANCE_PPM 500	 /* between points, beyond the brackets */
#define PRECISION_PPM 1000	 /* what the brackets may cost the frequency */
#define EARLY_SCALE (1ull << 29) /* before it is known: 8 GHz, faster than any, so slow */

/* ticks * scale / 2^32 are nanoseconds since base. */
static struct {
	bool from_counter;
	uint64_t base, scale; /* of the TSC */
	uint64_t offset;      /* ns to add */
	struct counter counter;
	uint64_t counter_scale;
	uint64_t counted; /* [A] ticks of the counter so far; its low bits are a reading */
} clock = {.scale = EARLY_SCALE};

struct point {
	uint64_t tsc, error; /* the middle of the bracket and half its width */
	uint64_t ticks;
};

static uint64_t scaled(uint64_t ticks, uint64_t scale)
{
	return (uint64_t)((unsigned __int128)ticks * scale >> 32);
}

static uint64_t scale_of(uint64_t frequency)
{
	return (TIME_SECOND << 32) / frequency;
}

/*
 * Extends the counter to 64 bits. The reading is taken after `counted` was looked at, so it is
 * ahead of it by less than a wrap; if another CPU was faster its value stays, and ours is as good.
 */
static uint64_t counter_now(void)
{
	uint64_t before = __atomic_load_n(&clock.counted, __ATOMIC_ACQUIRE);
	/* bare: a function of counter.c */
	uint64_t ahead = (clock.counter.read() - before) & clock.counter.mask;
	uint64_t now = before + ahead;

	__atomic_compare_exchange_n(&clock.counted, &before, now, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_RELAXED);
	return now;
}

uint64_t time_now(void)
{
	if (unlikely(READ_ONCE(clock.from_counter)))
		return clock.offset + scaled(counter_now(), clock.counter_scale);
	if (unlikely(clock.base == 0))
		clock.base = tsc_read();
	return clock.offset + scaled(tsc_read() - clock.base, clock.scale);
}
EXPORT_SYMBOL(time_now);

void time_delay(uint64_t nanoseconds)
{
	uint64_t end = time_now() + nanoseconds;

	while (time_now() < end)
		cpu_pause();
}
EXPORT_SYMBOL(time_delay);

static void take_point(struct point *point)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < BRACKETS; i++) {
		uint64_t before = tsc_read();
		uint64_t ticks = counter_now();
		uint64_t width = tsc_read() - before;

		if (width >= best)
			continue;
		best = width;
		*point = (struct point){before + width / 2, width / 2 + 1, ticks};
	}
}

static void take_points(struct point *points)
{
	uint64_t gap = clock.counter.frequency / GAP_HZ;

	take_point(&points[0]);
	for (unsigned i = 1; i < POINTS; i++) {
		while (counter_now() - points[i - 1].ticks < gap)
			;
		take_point(&points[i]);
	}
}

/* Does the point lie on the line from the first to the last, as well as can be known? */
static bool on_line(const struct point *points, unsigned i, uint64_t frequency)
{
	uint64_t due = (points[i].ticks - points[0].ticks) * frequency / clock.counter.frequency;
	uint64_t is = points[i].tsc - points[0].tsc;
	uint64_t tick = frequency / clock.counter.frequency + 1;
	uint64_t allowed = points[0].error + points[i].error + points[POINTS - 1].error + 2 * tick +
			   due / 1000000 * TOLERANCE_PPM;

	return (is > due ? is - due : due - is) <= allowed;
}

/* The TSC's frequency; 0 when the readings do not agree or are not precise enough. */
static uint64_t measure_frequency(void)
{
	struct point points[POINTS];
	const struct point *first = &points[0], *last = &points[POINTS - 1];
	uint64_t frequency, span;

	take_points(points);
	span = last->tsc - first->tsc;
	if (first->error + last->error > span / 1000000 * PRECISION_PPM)
		return 0;
	frequency = span * clock.counter.frequency / (last->ticks - first->ticks);
	for (unsigned i = 1; i < POINTS - 1; i++) {
		if (!on_line(points, i, frequency))
			return 0;
	}
	return frequency;
}

/* From now on the counter; the time shown goes on where it is. */
static void fall_back(const char *why)
{
	uint64_t now = time_now();
	uint64_t counted = scaled(counter_now(), clock.counter_scale);

	clock.offset = now > counted ? now - counted : 0;
	WRITE_ONCE(clock.from_counter, true);
	printk(KERN_NOTICE "clock: %s: time comes from %s\n", why, clock.counter.name);
}

void clock_init(const struct clock_hardware *hardware)
{
	uint64_t frequency = 0;

	counter_choose(hardware, &clock.counter);
	clock.counter_scale = scale_of(clock.counter.frequency);
	clock.counted = clock.counter.read() & clock.counter.mask; /* bare: likewise */
	if (hardware->entry_tsc)
		clock.base = hardware->entry_tsc;
	for (unsigned i = 0; i < ATTEMPTS && frequency == 0; i++)
		frequency = measure_frequency();
	if (frequency == 0) {
		fall_back("the TSC does not keep time");
		return;
	}
	clock.scale = scale_of(frequency);
	printk("clock: tsc, %llu.%03llu MHz by %s\n", (unsigned long long)frequency / 1000000,
	       (unsigned long long)frequency / 1000 % 1000, clock.counter.name);
}

uint64_t clock_keepalive(void)
{
	if (!clock.from_counter)
		return 0;
	return scaled(clock.counter.mask / 2, clock.counter_scale);
}

void clock_judge(uint64_t before, uint64_t newcomer, uint64_t after)
{
	if (clock.from_counter || (before <= newcomer && newcomer <= after))
		return;
	fall_back("the CPUs' TSCs differ");
}
