/*
 * The clock. The TSC is cheap to read but nothing says how fast it runs or that it runs evenly; so
 * it is read next to a counter whose frequency is known, several times, and taken only if all
 * readings lie on one line within what their brackets allow. Without such a counter the processor
 * has to say how fast its TSC runs. The one rule: whatever is chosen, or fallen back to, goes on
 * from the time shown before and never behind it.
 */
#include <time/clock.h>

#include <lib/compiler.h>

#include <kernel/io.h>
#include <kernel/printk.h>

#include <arch/control.h>
#include <log/panic.h>

#define POINTS 5
#define GAP_HZ 700 /* points lie 1/700 s apart */
#define BRACKETS 6 /* readings for each, the tightest counts */
#define ATTEMPTS 5
#define TICKS_MAX 500000000	 /* of the TSC until a counter passes a gap: 70 times the fastest */
#define TOLERANCE_PPM 500	 /* between points, beyond the brackets */
#define PRECISION_PPM 1000	 /* what the brackets may cost the frequency */
#define EARLY_SCALE (1ull << 29) /* before it is known: 8 GHz, faster than any, so slow */

#define FEMTOSECONDS 1000000000000000ull

/* IA-PC HPET 1.0a, 2.3: 32-bit words, as not every HPET takes 64-bit reads. */
#define HPET_PERIOD 1 /* high half of the capabilities: femtoseconds a tick */
#define HPET_PERIOD_MAX 100000000
#define HPET_CONFIGURATION 4
#define HPET_ENABLE 1u
#define HPET_COUNTER 60

#define PM_FREQUENCY 3579545ull /* ACPI 6.4, 4.8.3.3 */
#define PM_MASK 0xffffff	/* the bits that every such timer has */

#define PIT_FREQUENCY 1193182ull
#define PIT_CHANNEL_2 0x42
#define PIT_COMMAND 0x43
#define PIT_COUNT_DOWN 0xb0 /* channel 2, both bytes, mode 0 */
#define PIT_LATCH 0x80	    /* channel 2 */
#define PIT_GATE 0x61

/* CPUID's leaves that tell the TSC's frequency: Intel SDM vol. 2, CPUID (15H: EBX / EAX times ECX
 * Hz; 16H: EAX MHz); hypervisors by VMware's convention (EAX kHz), present by bit 31 of 1H's ECX.
 */
#define CPUID_CRYSTAL 0x15
#define CPUID_BASE_FREQUENCY 0x16
#define CPUID_HYPERVISOR 0x40000000
#define CPUID_HYPERVISOR_TIMING 0x40000010
#define CPUID_1_HYPERVISOR (1u << 31)

/*
 * A counter of known frequency that counts up and wraps: what the TSC is held against, and what the
 * clock falls back to. Reading it is slow (a device) but the same on every CPU.
 */
struct counter {
	const char *name;
	uint64_t (*read)(void);
	uint64_t mask;	    /* of the bits that count */
	uint64_t frequency; /* Hz */
};

/* ticks * scale / 2^32 are nanoseconds since base. */
static struct {
	bool from_counter;
	uint64_t base, scale;	/* of the TSC */
	uint64_t offset;	/* ns to add */
	struct counter counter; /* its read is NULL when there is none */
	uint64_t counter_scale;
	uint64_t counted; /* [A] ticks of the counter so far; its low bits are a reading */
} clock = {.scale = EARLY_SCALE};

struct point {
	uint64_t tsc, error; /* the middle of the bracket and half its width */
	uint64_t ticks;
};

static volatile uint32_t *hpet;
static uint16_t pm_port;
static uint32_t pit_busy; /* [A] 1: a CPU is between its latching and its last access */

static uint64_t hpet_read(void)
{
	return hpet[HPET_COUNTER];
}

static uint64_t pm_read(void)
{
	return io_in32(pm_port);
}

/*
 * Latching and reading are three accesses, by one CPU at a time. The others take what it has
 * counted last instead of waiting, as the CPU in between may be halted by a panic.
 */
static uint64_t pit_read(void)
{
	uint64_t flags = irq_save(), value = __atomic_load_n(&clock.counted, __ATOMIC_RELAXED);

	if (__atomic_exchange_n(&pit_busy, 1, __ATOMIC_ACQUIRE) == 0) {
		io_out8(PIT_COMMAND, PIT_LATCH);
		value = io_in8(PIT_CHANNEL_2);
		value |= (uint64_t)io_in8(PIT_CHANNEL_2) << 8;
		value = 0xffff - value;
		__atomic_store_n(&pit_busy, 0, __ATOMIC_RELEASE);
	}
	irq_restore(flags);
	return value;
}

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
	/* bare: one of the three above */
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

void time_delay(uint64_t nanoseconds)
{
	uint64_t end = time_now() + nanoseconds;

	while (time_now() < end)
		cpu_pause();
}

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

/* Waits until the counter is a gap ahead of @since. False: it does not get there. It is read once
 * more after the time is up, as this CPU may have been kept from running. */
static bool pass_gap(uint64_t since)
{
	uint64_t gap = clock.counter.frequency / GAP_HZ, begin = tsc_read();
	bool last;

	do {
		last = tsc_read() - begin > TICKS_MAX;
		if (counter_now() - since >= gap)
			return true;
	} while (!last);
	return false;
}

/* Makes it the counter. False: it does not count. */
static bool use_counter(struct counter counter)
{
	clock.counter = counter;
	clock.counter_scale = scale_of(counter.frequency);
	clock.counted = counter.read() & counter.mask; /* bare: one of the three above */
	return pass_gap(clock.counted);
}

/* The best that there is and counts; none is stopped or set back once it has been read. */
static bool choose_counter(const struct clock_hardware *hardware)
{
	uint32_t period;

	hpet = (volatile uint32_t *)hardware->hpet;
	period = hpet ? hpet[HPET_PERIOD] : 0;
	if (period != 0 && period <= HPET_PERIOD_MAX) {
		uint64_t frequency = FEMTOSECONDS / period;

		hpet[HPET_CONFIGURATION] = HPET_ENABLE;
		if (use_counter((struct counter){"hpet", hpet_read, UINT32_MAX, frequency}))
			return true;
	}
	pm_port = hardware->pm_port;
	if (pm_port && use_counter((struct counter){"acpi", pm_read, PM_MASK, PM_FREQUENCY}))
		return true;
	io_out8(PIT_GATE, (io_in8(PIT_GATE) & ~2u) | 1u); /* gate on, speaker off */
	io_out8(PIT_COMMAND, PIT_COUNT_DOWN);
	io_out8(PIT_CHANNEL_2, 0xff);
	io_out8(PIT_CHANNEL_2, 0xff);
	return use_counter((struct counter){"pit", pit_read, 0xffff, PIT_FREQUENCY});
}

static bool take_points(struct point *points)
{
	take_point(&points[0]);
	for (unsigned i = 1; i < POINTS; i++) {
		if (!pass_gap(points[i - 1].ticks))
			return false;
		take_point(&points[i]);
	}
	return true;
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

	if (!take_points(points))
		return 0;
	span = last->tsc - first->tsc;
	if (first->error + last->error > span / 1000000 * PRECISION_PPM)
		return 0;
	frequency = span * clock.counter.frequency / (last->ticks - first->ticks);
	for (unsigned i = 1; i < POINTS - 1; i++)
		if (!on_line(points, i, frequency))
			return 0;
	return frequency;
}

/* A leaf among those that begin with @first; all zero: it is not there. */
static struct cpuid_result leaf_of(uint32_t first, uint32_t leaf)
{
	return cpuid(first, 0).eax >= leaf ? cpuid(leaf, 0) : (struct cpuid_result){0};
}

/* The TSC's frequency as the processor tells it; 0: it does not. */
static uint64_t told_frequency(void)
{
	struct cpuid_result crystal = leaf_of(0, CPUID_CRYSTAL);
	uint32_t base = leaf_of(0, CPUID_BASE_FREQUENCY).eax & 0xffff;

	if (crystal.eax && crystal.ebx && crystal.ecx)
		return (uint64_t)crystal.ecx * crystal.ebx / crystal.eax;
	if (base)
		return base * 1000000ull;
	if (!(cpuid(1, 0).ecx & CPUID_1_HYPERVISOR))
		return 0;
	return leaf_of(CPUID_HYPERVISOR, CPUID_HYPERVISOR_TIMING).eax * 1000ull;
}

/* From now on the counter; the time shown goes on where it is. */
static void fall_back(const char *why)
{
	uint64_t now = time_now(), counted;

	if (!clock.counter.read)
		panic("no clock: %s, and neither HPET, ACPI timer nor 8254 counts", why);
	counted = scaled(counter_now(), clock.counter_scale);
	clock.offset = now > counted ? now - counted : 0;
	WRITE_ONCE(clock.from_counter, true);
	printk(KERN_NOTICE "clock: %s: time comes from %s\n", why, clock.counter.name);
}

void clock_init(const struct clock_hardware *hardware)
{
	uint64_t frequency = 0;

	if (hardware->entry_tsc)
		clock.base = hardware->entry_tsc;
	if (!choose_counter(hardware)) {
		clock.counter = (struct counter){.name = "CPUID"};
		frequency = told_frequency();
		if (frequency == 0)
			fall_back("CPUID does not tell the frequency of the TSC");
	}
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
	if (!clock.from_counter && (newcomer < before || after < newcomer))
		fall_back("the CPUs' TSCs differ");
}
