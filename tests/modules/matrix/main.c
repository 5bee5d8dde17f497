/*
 * `matrix A B ROUNDS SEED`: lets a party of kind A meet one of kind B so many times, and looks
 * after each round whether everything is as it should be: only what was to fail has failed, and
 * what has failed can be forced out. After every CHECK_EACH rounds both modules are unloaded, and
 * the memory is what it was. Round R is drawn from SEED + R. What goes wrong says by which words it
 * can be repeated: `matrix: wrong: A B ROUNDS SEED: what`. `matrix` alone prints the kinds, each
 * with the module that it makes fail. `matrix delays SEED` lets whatever comes then delay under
 * `debug` (<kernel/delay.h>), until SEED is 0.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "../rules_words.h"
#include "driver.h"

MODULE_LICENSE("MIT");

#define CHECK_EACH 10u

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
unsigned provider_births = 1;
EXPORT_SYMBOL(provider_births);
unsigned provider_faulted;
EXPORT_SYMBOL(provider_faulted);
unsigned faulty;
EXPORT_SYMBOL(faulty);

struct run run;

static const struct kind *find_kind(const char *name)
{
	const struct kind *kind = kinds;

	while (kind->name && strcmp(kind->name, name) != 0)
		kind++;
	return kind->name ? kind : NULL;
}

static const char *const phase_names[PHASES] = {"load", "meet", "settle", "out", "check"};

static void tell_outcome(unsigned rounds)
{
	char text[160];
	size_t used = 0;

	for (unsigned i = 0; i < PHASES; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, " %s %llu", phase_names[i],
				     (unsigned long long)(run.spent[i] / TIME_US));
	command_print(run.call,
		      "matrix: %s %s: %u rounds, %u and %u got through, %u overlapped; "
		      "us:%s; %u refused\n",
		      run.sides[0].kind->name, run.sides[1].kind->name, rounds, run.through[0],
		      run.through[1], run.overlapped, text, run.tries);
}

static int meet(struct command_call *call, unsigned rounds, uint64_t seed)
{
	unsigned done = 0;
	int error;

	run.call = call;
	completion_init(&run.over);
	wait_queue_init(&run.turned);
	error = sides_begin();
	run.wrong = false;
	memset(run.through, 0, sizeof(run.through));
	memset(run.spent, 0, sizeof(run.spent));
	run.overlapped = run.tries = 0;
	run.since = time_now();
	figures_take(&run.before);
	run.sides[0].length = run.sides[1].length = 0;
	run.clean = seed;
	for (run.seed = seed; !error && done < rounds && round(); run.seed++) {
		done++;
		if (done % CHECK_EACH != 0 && done < rounds)
			continue;
		if (!all_out())
			break;
		end_phase(PHASE_CHECK);
		run.clean = run.seed + 1;
	}
	each_side(side_end);
	tell_outcome(done);
	return error || run.wrong ? -EIO : 0;
}

static int list_kinds(struct command_call *call)
{
	for (const struct kind *kind = kinds; kind->name; kind++)
		command_print(call, "%s%s%s\n", kind->name,
			      kind->flags & CONSUMER_FAILS ? " " CONSUMER : "",
			      kind->flags & PROVIDER_FAILS ? " " PROVIDER : "");
	return 0;
}

static int matrix_run(struct command_call *call)
{
	if (call->argc == 1)
		return list_kinds(call);
	if (word_is(call, 1, "delays")) {
		delay_set_seed(word_number(call, 2, 1));
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
