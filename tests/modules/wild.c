/*
 * Does what no module should, as a command, in init or in exit, by the word: null, text, rodata,
 * opcode, divide, jump, stack; spin and sleep never come back, nap does after half a second.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/time.h>

MODULE_LICENSE("MIT");

static char *init = "";
module_param(init, charp, 0444);
static char *exit = "";
module_param(exit, charp, 0444);

static const char constant[] = "constant";

static __noinline int descend(volatile int depth)
{
	volatile char frame[512];

	frame[0] = (char)depth;
	return depth < 0 ? 0 : descend(depth + 1) + frame[0];
}

static __noinline int do_wild(const char *word)
{
	volatile int zero = 0, hundred = 100; /* both, or the compiler divides by itself */

	if (strcmp(word, "null") == 0)
		*(volatile int *)(uintptr_t)zero = 1;
	else if (strcmp(word, "text") == 0)
		*(volatile char *)(uintptr_t)do_wild = 0;
	else if (strcmp(word, "rodata") == 0)
		*(volatile char *)(uintptr_t)constant = 'k';
	else if (strcmp(word, "opcode") == 0)
		asm volatile("ud2");
	else if (strcmp(word, "divide") == 0)
		return hundred / zero;
	else if (strcmp(word, "jump") == 0)
		((void (*)(void))(uintptr_t)(zero + 8))();
	else if (strcmp(word, "stack") == 0)
		return descend(zero);
	else if (strcmp(word, "nap") == 0)
		time_sleep(500 * TIME_MS);
	else if (strcmp(word, "sleep") == 0)
		time_sleep(WAIT_FOREVER);
	while (strcmp(word, "spin") == 0)
		zero = 0;
	return zero;
}

static int wild_run(struct command_call *call)
{
	return do_wild(call->argc > 1 ? call->argv[1] : "");
}

static const struct command_operations wild_operations = {.run = wild_run};
static struct command wild_command = {.name = "wild", .operations = &wild_operations};

static int __init wild_init(void)
{
	int error = command_register(&wild_command);

	return error ? error : do_wild(init);
}

static void wild_exit(void)
{
	do_wild(exit);
	command_unregister(&wild_command);
}

module_init(wild_init);
module_exit(wild_exit);
