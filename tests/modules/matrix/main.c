/*
 * `matrix A B ROUNDS SEED`: lets a party of kind A meet one of kind B so many times, and looks
 * after each round whether everything is as it should be: only what was to fail has failed, and
 * what has failed can be forced out. After every CHECK_EACH rounds both modules are unloaded, and
 * the memory is what it was. `matrix` alone prints the kinds. Round R is drawn from SEED + R. What
 * goes wrong says by which words it can be repeated: `matrix: wrong: A B ROUNDS SEED: what`.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "../rules_pit.h"
#include "../rules_words.h"
#include "driver.h"
#include "figures.h"

MODULE_LICENSE("MIT");

#define TRIES 2000u
#define CHECK_EACH 10u
#define START_LIMIT 2000u /* steps */

struct interface actor_interface = {
    .name = "actor",
    INTERFACE_OPERATIONS("play"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
};
EXPORT_SYMBOL(actor_interface);
struct hook_point matrix_point = HOOK_POINT_INIT("matrix");
EXPORT_SYMBOL(matrix_point);
unsigned consumer_births;
EXPORT_SYMBOL(consumer_births);

static struct {
	struct side sides[2];
	struct command_call *call;
	uint64_t seed;		     /* of the round */
	unsigned turn;		     /* [A] the round that may run; raised by the command */
	unsigned arrived;	     /* [A] sides that are about to begin */
	struct completion over;	     /* once for each side */
	struct wait_queue turned;    /* woken with turn */
	uint64_t clean;		     /* the seed of the first round since both were out */
	bool wrong;		     /* it has been said */
	unsigned through[2];	     /* rounds in which the side got what it wanted */
	struct module_report report; /* of what the command itself does */
	struct figures before;	     /* with neither of the modules */
} run;

uint64_t draw(struct side *side, uint64_t limit)
{
	uint64_t mixed;

	side->random += 0x9e3779b97f4a7c15;
	mixed = (side->random ^ (side->random >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return (mixed ^ (mixed >> 31)) % limit;
}

static __printf(1, 2) void wrong(const char *format, ...)
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

/* The two sides. */

static void play_part(struct side *side)
{
	uint64_t steps = draw(side, START_LIMIT) >> draw(side, 12);

	__atomic_fetch_add(&run.arrived, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(run.arrived) < 2)
		spin_once();
	while (steps-- > 0)
		spin_once();
	side->result = side->kind->run(side); /* bare: a table of this module's own */
	WRITE_ONCE(side->over, true);
}

static int take_part(void *argument)
{
	struct side *side = argument;
	unsigned turn = side->turn;

	thread_set_cpu((int)((1 + side->index) % cpu_count()));
	for (;;) {
		wait_event(&run.turned, READ_ONCE(run.turn) != turn || thread_should_stop());
		if (READ_ONCE(run.turn) == turn)
			return 0;
		turn = READ_ONCE(run.turn);
		play_part(side);
		complete(&run.over);
	}
}

static void end(struct side *side)
{
	if (side->thread)
		thread_stop(side->thread);
	side->thread = NULL;
}

static int begin(void)
{
	for (unsigned i = 0; i < 2; i++) {
		struct side *side = &run.sides[i];

		end(side);
		side->index = i;
		side->other = &run.sides[1 - i];
		side->turn = run.turn;
		side->thread = thread_create(take_part, side, "matrix/%u", i);
		if (!side->thread)
			return -ENOMEM;
	}
	return 0;
}

/* Before and after a round. */

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
	int error = -EBUSY;

	for (unsigned i = 1; i < TRIES && (error = try_take_out(name)); i++) {
		time_sleep(50 * TIME_US);
		if (i % 64 == 0)
			begin();
	}
	if (!error)
		return true;
	wrong("%s cannot be unloaded: %s: %s", name, errno_name(error), told());
	return false;
}

static bool all_out(void)
{
	char text[160];

	if (!take_out(CONSUMER) || !take_out(PROVIDER))
		return false;
	if (figures_same(&run.before, text, sizeof(text)))
		return true;
	wrong("memory: %s", text);
	return false;
}

/* One that has failed may have, and goes. The provider goes after the consumer. */
static bool failed_ones_out(void)
{
	unsigned allowed = run.sides[0].kind->flags | run.sides[1].kind->flags;
	bool consumer = state_of(CONSUMER) == MODULE_FAILED;
	bool provider = state_of(PROVIDER) == MODULE_FAILED;

	if (consumer && !(allowed & CONSUMER_FAILS))
		wrong("the consumer has failed");
	if (provider && !(allowed & PROVIDER_FAILS))
		wrong("the provider has failed");
	if ((consumer || provider) && !take_out(CONSUMER))
		return false;
	return !provider || take_out(PROVIDER);
}

static bool load_what_is_wanted(void)
{
	unsigned flags = run.sides[0].kind->flags | run.sides[1].kind->flags;
	int error = 0;

	if (flags & ABSENT && !take_out(CONSUMER))
		return false;
	if (state_of(PROVIDER) < 0)
		error = module_control_load(PROVIDER, NULL, 0, NULL, 0, &run.report);
	if (!error && !(flags & ABSENT) && state_of(CONSUMER) < 0)
		error = load_consumer(&run.sides[0], 0, flags & FORGETS);
	if (error)
		wrong("cannot be loaded: %s: %s %s", errno_name(error), run.report.text,
		      run.sides[0].report.text);
	return error == 0;
}

static void each_side(void (*function)(struct side *side))
{
	for (unsigned i = 0; i < 2; i++)
		function(&run.sides[i]); /* bare: this file's own */
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

static bool round(void)
{
	if (!load_what_is_wanted())
		return false;
	each_side(prepare);
	delay_set_seed(run.seed);
	run.arrived = 0;
	__atomic_fetch_add(&run.turn, 1, __ATOMIC_SEQ_CST);
	wait_queue_wake(&run.turned);
	completion_wait(&run.over);
	completion_wait(&run.over);
	delay_set_seed(0);
	pit_start(PIT_SLOWEST);
	each_side(settle);
	return failed_ones_out() && !run.wrong;
}

/* The command. */

static const struct kind *find_kind(const char *name)
{
	const struct kind *kind = kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind->name ? kind : NULL;
}

static int meet(struct command_call *call, unsigned rounds, uint64_t seed)
{
	unsigned done = 0;
	int error;

	run.call = call;
	completion_init(&run.over);
	wait_queue_init(&run.turned);
	error = begin();
	run.wrong = false;
	memset(run.through, 0, sizeof(run.through));
	figures_take(&run.before);
	run.clean = seed;
	for (run.seed = seed; !error && done < rounds && round(); run.seed++) {
		done++;
		if (done % CHECK_EACH != 0 && done < rounds)
			continue;
		if (!all_out())
			break;
		run.clean = run.seed + 1;
	}
	each_side(end);
	command_print(call, "matrix: %s %s: %u rounds, %u and %u got through\n",
		      run.sides[0].kind->name, run.sides[1].kind->name, done, run.through[0],
		      run.through[1]);
	return error || run.wrong ? -EIO : 0;
}

static int matrix_run(struct command_call *call)
{
	if (call->argc == 1) {
		for (const struct kind *kind = kinds; kind->name; kind++)
			command_print(call, "%s\n", kind->name);
		return 0;
	}
	for (int i = 0; i < 2; i++) {
		run.sides[i].kind = call->argc > 1 + i ? find_kind(call->argv[1 + i]) : NULL;
		if (!run.sides[i].kind)
			return command_fail(call, "", -EINVAL, "usage: matrix A B ROUNDS SEED");
	}
	if (meet(call, word_number(call, 3, 100), word_number(call, 4, 1)))
		return command_fail(call, call->argv[1], -EIO, "something went wrong");
	return 0;
}

static const struct command_operations operations = {.run = matrix_run};
static struct command command = {.name = "matrix", .operations = &operations};

static int __init matrix_init(void)
{
	int error = interface_register(&actor_interface);

	if (!error)
		error = hook_point_register(&matrix_point);
	if (!error)
		error = command_register(&command);
	return error;
}

static void matrix_exit(void)
{
	command_unregister(&command);
	hook_point_unregister(&matrix_point);
	interface_unregister(&actor_interface);
}

module_init(matrix_init);
module_exit(matrix_exit);
