/*
 * Lends a callback, and registers for others: for who uses it, which is right; and, asked to, a
 * callback of theirs as its own, which is wrong, since it does not depend on them.
 */
#include "rules_lender.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

int lender_run(struct command_call *call)
{
	command_print(call, "lent\n");
	return 0;
}
EXPORT_SYMBOL(lender_run);

int lender_register(struct command *command, struct module *owner)
{
	int error = REGISTRATION_ENTER(register, command, &command_interface, command, owner);

	if (error)
		printk("rules_lender: for %s: %s\n", module_name(owner), errno_name(error));
	return error;
}
EXPORT_SYMBOL(lender_register);

int lender_take(const struct command_operations *operations)
{
	static struct command_operations own;
	static struct command taken = {.name = "taken", .operations = &own};
	int error;

	own = *operations;
	error = command_register(&taken);
	if (!error)
		command_unregister(&taken);
	return error;
}
EXPORT_SYMBOL(lender_take);

static int __init lender_init(void)
{
	return 0;
}

static void lender_exit(void)
{
}

module_init(lender_init);
module_exit(lender_exit);
