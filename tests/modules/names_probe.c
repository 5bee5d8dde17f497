/*
 * Finds entries by name among count=N: `names_probe` prints how long a look-up with its get and put
 * takes for the first entry, the last one and one that is not there, and does one with the
 * interface's lock held by the thread itself. `names_probe MS SEED` looks names_user's entry up for
 * so long, with delays of that seed, and counts the answers.
 */
#include "names_probe.h"

#include <kernel/command.h>
#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

#define MOST 4000u
#define BATCH 1000u

static unsigned count = 10;
module_param(count, uint, 0);

struct interface probed_interface = {
    .name = "probed",
    INTERFACE_OPERATIONS("answer"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    INTERFACE_ENTRY(probed),
};

EXPORT_SYMBOL(probed_interface);

static struct probed entries[MOST];
static char names[MOST][16];

static int answer(void)
{
	return 42;
}

static const struct probed_operations probed_operations = {.answer = answer};

static int look_up(const char *name)
{
	struct call call;
	int error = call_begin_by_name(&call, &probed_interface, name, OPERATION(probed, answer));

	if (error)
		return error;
	error = (int)call_through(&call);
	call_end(&call);
	return error;
}

static void measure(struct command_call *call, const char *name, int wanted)
{
	uint64_t start = time_now();
	unsigned wrong = 0;

	for (unsigned i = 0; i < BATCH; i++)
		wrong += look_up(name) != wanted;
	command_print(call, "names: %s: %llu ns, %u wrong\n", name,
		      (unsigned long long)(time_now() - start) / BATCH, wrong);
}

static int look_for(struct command_call *call, uint64_t ms, uint64_t seed)
{
	uint64_t end = time_now() + ms * TIME_MS;
	unsigned right = 0, absent = 0, wrong = 0;

	delay_set_seed(seed);
	while (time_now() < end) {
		int result = look_up("user");

		*(result == 42 ? &right : result == -ENOENT ? &absent : &wrong) += 1;
	}
	delay_set_seed(0);
	command_print(call, "names: %u right, %u absent, %u wrong\n", right, absent, wrong);
	return 0;
}

static int probe_run(struct command_call *call)
{
	struct call found;
	int error;

	if (call->argc > 1)
		return look_for(call, word_number(call, 1, 0), word_number(call, 2, 1));

	measure(call, names[0], 42);
	measure(call, names[count - 1], 42);
	measure(call, "absent", -ENOENT);
	spin_lock(&probed_interface.lock);
	error = call_begin_by_name(&found, &probed_interface, names[0], OPERATION(probed, answer));
	spin_unlock(&probed_interface.lock);
	if (error)
		return command_fail(call, names[0], error, "not found");
	command_print(call, "names: found with the lock held: %ld\n", call_through(&found));
	call_end(&found);
	return 0;
}

static const struct command_operations operations = {.run = probe_run};
static struct command command = {.name = "names_probe", .operations = &operations};

static int __init names_probe_init(void)
{
	int error;

	if (count == 0 || count > MOST)
		return -EINVAL;
	error = interface_register(&probed_interface);
	for (unsigned i = 0; i < count && !error; i++) {
		snprintf(names[i], sizeof(names[i]), "probed_%u", i);
		entries[i].name = names[i];
		entries[i].operations = &probed_operations;
		error = probed_register(&entries[i]);
	}
	return error ? error : command_register(&command);
}

static void names_probe_exit(void)
{
	command_unregister(&command);
	for (unsigned i = 0; i < count; i++)
		probed_unregister(&entries[i]);
	interface_unregister(&probed_interface);
}

module_init(names_probe_init);
module_exit(names_probe_exit);
