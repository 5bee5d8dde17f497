/* An entry in the interface of span_provider, well behaved; `span_again` registers another one and
 * unregisters that. */
#include "span_interface.h"

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int run(void *argument)
{
	return 7;
}
static const struct spanned_operations operations = {.run = run};
static struct spanned entry = {.name = "entry", .operations = &operations};
static struct spanned another = {.name = "another", .operations = &operations};

static int enter_again(struct command_call *call)
{
	int error = spanned_register(&another);

	return error ? error : spanned_unregister(&another);
}

static const struct command_operations command_operations = {.run = enter_again};
static struct command command = {.name = "span_again", .operations = &command_operations};

static int __init span_consumer_init(void)
{
	int error = spanned_register(&entry);

	if (error)
		return error;
	error = command_register(&command);
	if (error)
		spanned_unregister(&entry);
	return error;
}

static void span_consumer_exit(void)
{
	command_unregister(&command);
	spanned_unregister(&entry);
}

module_init(span_consumer_init);
module_exit(span_consumer_exit);
