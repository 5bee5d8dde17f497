/*
 * `away` sleeps at the gate; `away_remove` takes that entry out and prints how many are in it when
 * that is done, which is none: removing waits for them.
 */
#include "rules_gate.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static unsigned inside; /* [A] */

static int away_run(struct command_call *call)
{
	__atomic_fetch_add(&inside, 1, __ATOMIC_RELAXED);
	gate_pass();
	__atomic_fetch_sub(&inside, 1, __ATOMIC_RELAXED);
	return 0;
}

static const struct command_operations away_operations = {.run = away_run};
static struct command away = {.name = "away", .operations = &away_operations};

static int remove_run(struct command_call *call)
{
	int error = command_unregister(&away);

	command_print(call, "removed with %u inside\n", __atomic_load_n(&inside, __ATOMIC_RELAXED));
	return error ? error : command_register(&away);
}

static const struct command_operations remove_operations = {.run = remove_run};
static struct command remover = {.name = "away_remove", .operations = &remove_operations};

static int __init away_init(void)
{
	int error = command_register(&away);

	return error ? error : command_register(&remover);
}

static void away_exit(void)
{
	command_unregister(&away);
	command_unregister(&remover);
}

module_init(away_init);
module_exit(away_exit);
