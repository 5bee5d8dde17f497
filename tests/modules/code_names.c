/* `code_names COUNT` asks so often what lies at an address of its own, and tells what each look-up
 * has cost. */
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static int run(struct command_call *call)
{
	uint64_t count = word_number(call, 1, 1000), begin = time_now();
	char text[96];

	for (uint64_t i = 0; i < count; i++)
		code_describe((uint64_t)run, text, sizeof(text));
	command_print(call, "%s: %llu ns\n", text,
		      (unsigned long long)((time_now() - begin) / count));
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "code_names", .operations = &operations};

static int __init code_names_init(void)
{
	return command_register(&command);
}

static void code_names_exit(void)
{
	command_unregister(&command);
}

module_init(code_names_init);
module_exit(code_names_exit);
