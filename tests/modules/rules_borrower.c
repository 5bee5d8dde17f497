/*
 * Registers a callback of the module that it depends on, and has one registered by that module.
 * With wrong=1 it makes that module register what is not its own.
 */
#include "rules_lender.h"

#include <kernel/module.h>

MODULE_LICENSE("MIT");

static bool wrong;
module_param(wrong, bool, 0444);

static int own_run(struct command_call *call)
{
	command_print(call, "own\n");
	return 0;
}

static const struct command_operations lent_operations = {.run = lender_run};
static const struct command_operations own_operations = {.run = own_run};
static struct command borrowed = {.name = "borrowed", .operations = &lent_operations};
static struct command arranged = {.name = "arranged", .operations = &own_operations};

static int __init borrower_init(void)
{
	int error = command_register(&borrowed);

	if (!error)
		error = lender_register(&arranged, THIS_MODULE);
	if (!error && wrong)
		error = lender_take(&own_operations);
	return error;
}

static void borrower_exit(void)
{
	command_unregister(&borrowed);
	command_unregister(&arranged);
}

module_init(borrower_init);
module_exit(borrower_exit);
