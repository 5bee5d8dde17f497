/* Writes over what the kernel keeps in an entry of its own, once that is registered, or, with
 * in_exit=1, when it leaves; with links=1 over what leads to other entries. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static bool in_exit;
module_param(in_exit, bool, 0);
static bool links;
module_param(links, bool, 0);

static int run(struct command_call *call)
{
	return 0;
}

static const struct command_operations operations = {.run = run};
static struct command command = {.name = "smashed_entry", .operations = &operations};

static int __init smashed_entry_init(void)
{
	int error = command_register(&command);

	if (links)
		command.registration.in_owner.next = NULL;
	else if (!in_exit)
		command.registration.interface = NULL;
	return error;
}

static void smashed_entry_exit(void)
{
	command.registration.interface = NULL;
}

module_init(smashed_entry_init);
module_exit(smashed_entry_exit);
