/*
 * The stop. Each CPU's crew does something that a stop must not fall into; the stopped function
 * looks.
 */
#include "concurrency.h"

#include <kernel/cpu_call.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/timer.h>

static struct {
	uint32_t inside; /* in a preemption-off section */
	uint64_t progress;
	struct timer timer;
} member[CPUS_MOST];

static unsigned stopped; /* the function of a stop runs */
static uint64_t faults;	 /* [A] things seen that must not be */
static uint64_t stops;	 /* changed in stops only, not atomically */

static void must(bool condition)
{
	if (!condition)
		__atomic_fetch_add(&faults, 1, __ATOMIC_RELAXED);
}

static uint64_t sum_of_progress(void)
{
	uint64_t sum = 0;

	for (unsigned cpu = 0; cpu < CPUS_MOST; cpu++)
		sum += READ_ONCE(member[cpu].progress);
	return sum;
}

/* Nobody is in a section, and nobody makes progress while this looks for a while. */
static int look_around(void *for_long)
{
	uint64_t before = sum_of_progress();

	WRITE_ONCE(stopped, 1);
	if (for_long)
		time_delay(200 * TIME_US);
	for (unsigned look = 0; look < 50; look++) {
		for (unsigned cpu = 0; cpu < CPUS_MOST; cpu++)
			must(READ_ONCE(member[cpu].inside) == 0);
	}
	must(sum_of_progress() == before);
	stops++;
	WRITE_ONCE(stopped, 0);
	return 42;
}

static int stop_rounds(struct command_call *call, unsigned rounds, void *for_long)
{
	stops = faults = 0;
	for (unsigned round = 0; round < rounds; round++) {
		must(stop_machine(look_around, for_long, NULL) == 42);
		if (for_long)
			time_sleep(100 * TIME_US);
	}
	crew_stop();
	if (faults)
		return wrong(call, "faults", faults, 0);
	return stops == rounds ? 0 : wrong(call, "stops", stops, rounds);
}

static int spin(void *number)
{
	while (crew_is_needed())
		member[(uint64_t)number].progress++;
	return 0;
}

static int busy(struct command_call *call, unsigned rounds)
{
	int error = crew_start(spin);

	return error ? error : stop_rounds(call, rounds, NULL);
}

static int go_in_and_out(void *number)
{
	unsigned self = (unsigned)(uint64_t)number;

	while (crew_is_needed()) {
		preempt_disable();
		WRITE_ONCE(member[self].inside, 1);
		member[self].progress++;
		must(READ_ONCE(stopped) == 0);
		WRITE_ONCE(member[self].inside, 0);
		preempt_enable();
	}
	return 0;
}

static int sections(struct command_call *call, unsigned rounds)
{
	int error = crew_start(go_in_and_out);

	return error ? error : stop_rounds(call, rounds, NULL);
}

static void look_in_interrupt(struct timer *timer, void *unused)
{
	must(READ_ONCE(stopped) == 0);
}

/* Idle most of the time, and woken during most stops. */
static int sleep_and_wake(void *number)
{
	struct timer *timer = &member[(uint64_t)number].timer;

	timer_init(timer, look_in_interrupt, NULL);
	timer_start_periodic(timer, 70 * TIME_US);
	while (crew_is_needed()) {
		time_sleep(50 * TIME_US);
		must(READ_ONCE(stopped) == 0);
		member[(uint64_t)number].progress++;
	}
	timer_cancel(timer);
	return 0;
}

static int sleepers(struct command_call *call, unsigned rounds)
{
	int error = crew_start(sleep_and_wake);

	return error ? error : stop_rounds(call, rounds, call);
}

static void called(void *count)
{
	must(READ_ONCE(stopped) == 0);
	__atomic_fetch_add((uint64_t *)count, 1, __ATOMIC_RELAXED);
}

/* Calls to all at once, and to each: what a stop waits for, and what waits for parked CPUs. */
static int call_others(void *number)
{
	unsigned self = (unsigned)(uint64_t)number;
	uint64_t count = 0, wanted = 0;

	while (crew_is_needed()) {
		cpu_call_all(called, &count);
		wanted += cpu_count();
		for (unsigned cpu = 0; cpu < cpu_count(); cpu++, wanted++)
			must(cpu_call(cpu, called, &count) == 0);
		must(__atomic_load_n(&count, __ATOMIC_RELAXED) == wanted);
		member[self].progress++;
	}
	return 0;
}

static int calls(struct command_call *call, unsigned rounds)
{
	int error = crew_start(call_others);

	return error ? error : stop_rounds(call, rounds, NULL);
}

static unsigned rounds_each;

static int stop_again_and_again(void *unused)
{
	for (unsigned round = 0; round < rounds_each; round++)
		must(stop_machine(look_around, NULL, NULL) == 42);
	return 0;
}

/* One CPU more than one other: all stop the machine at once, and none of it is lost. */
static int at_once(struct command_call *call, unsigned rounds)
{
	int error;

	stops = faults = 0;
	rounds_each = rounds;
	error = crew_start(stop_again_and_again);
	if (error)
		return error;
	crew_stop(); /* joins */
	if (faults)
		return wrong(call, "faults", faults, 0);
	return stops == (uint64_t)rounds * cpu_count()
		   ? 0
		   : wrong(call, "stops", stops, (uint64_t)rounds * cpu_count());
}

static int keep_interrupts_off(void *number)
{
	unsigned self = (unsigned)(uint64_t)number;

	if (self != cpu_count() - 1)
		return 0;
	asm volatile("cli" : : : "memory");
	WRITE_ONCE(member[self].inside, 1);
	time_delay(100 * TIME_MS);
	WRITE_ONCE(member[self].inside, 0);
	asm volatile("sti" : : : "memory");
	return 0;
}

/* A CPU keeps interrupts off for 100 ms: the stop takes longer. */
static int deaf(struct command_call *call, unsigned rounds)
{
	unsigned last = cpu_count() - 1;
	int error;

	if (last == 0)
		return 0;
	thread_set_cpu(0);
	error = crew_start(keep_interrupts_off);
	while (error == 0 && READ_ONCE(member[last].inside) == 0)
		thread_yield();
	thread_set_cpu(THREAD_ANY_CPU);
	return error ? error : stop_rounds(call, 1, NULL);
}

static int idle(struct command_call *call, unsigned rounds)
{
	return stop_rounds(call, rounds, NULL);
}

const struct test stop_tests[] = {
    {"idle", idle},   {"busy", busy},	    {"sections", sections}, {"sleepers", sleepers},
    {"calls", calls}, {"at_once", at_once}, {"deaf", deaf},	    {NULL, NULL},
};
