/*
 * `overrun` writes upwards out of its frame, over the record of the call that it is in, and has a
 * function of the kernel fault then.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

#define WORDS 64 /* past the record, not past the end of the stack */

static int overrun_run(struct command_call *call)
{
	volatile uint64_t frame[2] = {0, 0};
	volatile uint64_t *word = frame;

	asm volatile("" : "+r"(word));
	for (unsigned i = 0; i < WORDS; i++)
		word[i] = 0x4141414141414141;
	return (int)strlen((const char *)frame[0]); /* no address */
}

static const struct command_operations operations = {.run = overrun_run};
static struct command command = {.name = "overrun", .operations = &operations};

static int __init overrun_init(void)
{
	return command_register(&command);
}

static void overrun_exit(void)
{
	command_unregister(&command);
}

module_init(overrun_init);
module_exit(overrun_exit);
