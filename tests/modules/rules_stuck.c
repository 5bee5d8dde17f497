/* `stuck` spins in a callback until `stuck free`. */
#include <kernel/module.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static bool spinning;

static int stuck_run(struct command_call *call)
{
	WRITE_ONCE(spinning, !word_is(call, 1, "free"));
	while (READ_ONCE(spinning))
		asm volatile("pause");
	return 0;
}

static const struct command_operations operations = {.run = stuck_run};
static struct command command = {.name = "stuck", .operations = &operations};

static int __init stuck_init(void)
{
	return command_register(&command);
}

static void stuck_exit(void)
{
	command_unregister(&command);
}

module_init(stuck_init);
module_exit(stuck_exit);
