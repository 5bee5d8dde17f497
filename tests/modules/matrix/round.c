/*
 * One round, from loading what its kinds want to looking whether everything is as it should be.
 * What a round has cost is counted by phases.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "../rules_pit.h"
#include "driver.h"

#define TRIES 10000u
#define TRY_LONGEST TIME_MS
#define ANEW_EACH 32u

__printf(1, 2) void wrong(const char *format, ...)
{
	char text[400];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	command_print(run.call, "matrix: wrong: %s %s %llu %llu: %s\n", run.sides[0].kind->name,
		      run.sides[1].kind->name, (unsigned long long)(run.seed + 1 - run.clean),
		      (unsigned long long)run.clean, text);
	run.wrong = true;
}

/* The lines of the last report, as one. */
static const char *told(void)
{
	for (unsigned i = 0; i + 1 < run.report.used; i++)
		if (run.report.text[i] == '\0')
			run.report.text[i] = ';';
	return run.report.text;
}

static int try_take_out(const char *name)
{
	int state = state_of(name);

	if (state < 0)
		return 0;
	return module_control_unload(&name, 1, state == MODULE_FAILED ? MODULE_FORCE : 0, 0,
				     &run.report);
}

/*
 * Unloads it, by force if it has failed, as soon as it is left by all; true if it is gone. Force
 * refuses as long as a word on the stack of any thread looks like an address in it, an old one of a
 * side's that sleeps for example: then the sides are made anew.
 */
static bool take_out(const char *name)
{
	uint64_t step = 20 * TIME_US;
	int error = -EBUSY;

	for (unsigned i = 1; i < TRIES && (error = try_take_out(name)); i++) {
		run.tries++;
		time_sleep(step);
		step = min(2 * step, TRY_LONGEST);
		if (i % ANEW_EACH == 0)
			sides_begin();
	}
	if (!error)
		return true;
	wrong("%s cannot be unloaded: %s: %s", name, errno_name(error), told());
	return false;
}

bool all_out(void)
{
	char text[160];

	if (!take_out(CONSUMER) || !take_out(PROVIDER))
		return false;
	if (figures_same(&run.before, text, sizeof(text)))
		return true;
	wrong("memory: %s", text);
	return false;
}

bool may(unsigned flag)
{
	return (run.sides[0].kind->flags | run.sides[1].kind->flags) & flag;
}

static bool may_fail(const char *name, unsigned flag)
{
	if (may(flag))
		return true;
	wrong("%s has failed", name);
	return false;
}

/* A fault under a lock or in a stop is one that the kernel acts on a moment later. */
static void await_provider_fault(void)
{
	while (READ_ONCE(provider_faulted) == READ_ONCE(provider_births) &&
	       state_of(PROVIDER) == MODULE_LIVE)
		time_sleep(20 * TIME_US);
}

/* What has failed may have, and goes. The provider after the consumer, whose end may be what makes
 * the provider fault. */
static bool failed_ones_out(void)
{
	if (state_of(CONSUMER) == MODULE_FAILED &&
	    (!may_fail(CONSUMER, CONSUMER_FAILS) || !take_out(CONSUMER)))
		return false;
	await_provider_fault();
	if (state_of(PROVIDER) != MODULE_FAILED)
		return true;
	return may_fail(PROVIDER, PROVIDER_FAILS) && take_out(CONSUMER) && take_out(PROVIDER);
}

static bool load_what_is_wanted(void)
{
	int error = 0;

	if (may(ABSENT) && !take_out(CONSUMER))
		return false;
	if (state_of(PROVIDER) < 0)
		error = module_control_load(PROVIDER, NULL, 0, NULL, 0, &run.report);
	if (!error && !may(ABSENT) && state_of(CONSUMER) < 0)
		error = load_consumer(&run.sides[0], 0, may(FORGETS));
	if (error)
		wrong("cannot be loaded: %s: %s %s", errno_name(error), run.report.text,
		      run.sides[0].report.text);
	return error == 0;
}

static void prepare(struct side *side)
{
	side->random = run.seed * 2 + side->index;
	side->over = false;
	side->result = 0;
	if (side->kind->prepare)
		side->kind->prepare(side); /* bare: a table of this module's own */
}

static void settle(struct side *side)
{
	if (side->kind->settle)
		side->kind->settle(side); /* bare: a table of this module's own */
	run.through[side->index] += side->result >= 0 || side->result == -ENOTRECOVERABLE;
	if (side->result == -EPROTO)
		wrong("a load whose init fails has succeeded");
}

void end_phase(enum phase phase)
{
	uint64_t now = time_now();

	run.spent[phase] += now - run.since;
	run.since = now;
}

bool round(void)
{
	if (!load_what_is_wanted())
		return false;
	each_side(prepare);
	sides_draw_start();
	end_phase(PHASE_LOAD);
	delay_set_seed(run.seed);
	run.arrived = run.awake = 0;
	__atomic_fetch_add(&run.turn, 1, __ATOMIC_SEQ_CST);
	wait_queue_wake(&run.turned);
	completion_wait(&run.over);
	completion_wait(&run.over);
	delay_set_seed(0);
	end_phase(PHASE_MEET);
	pit_start(PIT_SLOWEST);
	WRITE_ONCE(faulty, 0);
	run.overlapped +=
	    run.sides[0].began < run.sides[1].ended && run.sides[1].began < run.sides[0].ended;
	each_side(settle);
	end_phase(PHASE_SETTLE);
	if (!failed_ones_out())
		return false;
	end_phase(PHASE_OUT);
	return !run.wrong;
}
