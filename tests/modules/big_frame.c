/*
 * `big_frame` has a local array that is larger than a stack, and is built without the options that
 * make the compiler touch each page on the way down.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int big_run(struct command_call *call)
{
	char array[64 * 1024];

	memset(array, 'A', sizeof(array));
	asm volatile("" : : "r"(array) : "memory");
	return 0;
}

static const struct command_operations operations = {.run = big_run};
static struct command command = {.name = "big_frame", .operations = &operations};

static int __init big_init(void)
{
	return command_register(&command);
}

static void big_exit(void)
{
	command_unregister(&command);
}

module_init(big_init);
module_exit(big_exit);
