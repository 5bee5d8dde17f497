/*
 * `removes_late remove` unregisters the command removed_late and logs what that answered;
 * `removes_late fault` faults.
 */
#include <kernel/command.h>
#include <kernel/module.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static volatile uintptr_t nowhere = 8;

static int do_nothing(struct command_call *call)
{
	return 0;
}

static const struct command_operations removed_operations = {.run = do_nothing};
static struct command removed = {.name = "removed_late", .operations = &removed_operations};

static int run(struct command_call *call)
{
	if (word_is(call, 1, "remove"))
		printk(KERN_INFO "removes_late: removed: %d\n", command_unregister(&removed));
	else if (word_is(call, 1, "fault"))
		*(volatile int *)nowhere = 1;
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "removes_late", .operations = &operations};

static int __init removes_late_init(void)
{
	int error = command_register(&removed);

	if (error)
		return error;
	error = command_register(&command);
	if (error)
		command_unregister(&removed);
	return error;
}

static void removes_late_exit(void)
{
	command_unregister(&command);
	command_unregister(&removed);
}

module_init(removes_late_init);
module_exit(removes_late_exit);
