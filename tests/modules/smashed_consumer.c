/* An entry in the interface of span_provider, in which it writes over what the kernel keeps: when
 * it leaves, or by `smash`. */
#include "span_interface.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int answer(void *argument)
{
	return 7;
}
static const struct spanned_operations spanned_operations = {.run = answer};
static struct spanned entry = {.name = "smashed", .operations = &spanned_operations};

static int smash(struct command_call *call)
{
	entry.registration.interface = NULL;
	return 0;
}
static const struct command_operations operations = {.run = smash};
static struct command command = {.name = "smash", .operations = &operations};

static int __init smashed_consumer_init(void)
{
	int error = spanned_register(&entry);

	return error ? error : command_register(&command);
}

static void smashed_consumer_exit(void)
{
	command_unregister(&command);
	smash(NULL);
}

module_init(smashed_consumer_init);
module_exit(smashed_consumer_exit);
