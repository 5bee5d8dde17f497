/* Does what no module should, by the word: `wild null|text|rodata|opcode|divide|stack`. */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static const char constant[] = "constant";

static __noinline int descend(volatile int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static int wild_run(struct command_call *call)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";
	volatile int zero = 0;

	if (strcmp(word, "null") == 0)
		*(volatile int *)(uintptr_t)zero = 1;
	else if (strcmp(word, "text") == 0)
		*(volatile char *)(uintptr_t)wild_run = 0;
	else if (strcmp(word, "rodata") == 0)
		*(volatile char *)(uintptr_t)constant = 'k';
	else if (strcmp(word, "opcode") == 0)
		asm volatile("ud2");
	else if (strcmp(word, "divide") == 0)
		return 100 / zero; /* not 1: that is a comparison to the compiler */
	else if (strcmp(word, "stack") == 0)
		return descend(zero);
	return 0;
}

static const struct command_operations wild_operations = {.run = wild_run};
static struct command wild_command = {.name = "wild", .operations = &wild_operations};

static int __init wild_init(void)
{
	return command_register(&wild_command);
}

static void wild_exit(void)
{
	command_unregister(&wild_command);
}

module_init(wild_init);
module_exit(wild_exit);
