/*
 * Uses a symbol of another module. No line here names `provider` as a dependency: the loader finds
 * it by the symbol.
 */
#include <kernel/command.h>
#include <kernel/module.h>

#include <provider/provider.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Prints what provider answers");
MODULE_VERSION("1.0");

static int consumer_run(struct command_call *call)
{
	command_print(call, "%d\n", provider_answer());
	return 0;
}

static const struct command_operations consumer_operations = {.run = consumer_run};
static struct command consumer_command = {
    .name = "consumer",
    .help = "prints the answer of provider",
    .operations = &consumer_operations,
};

static int __init consumer_init(void)
{
	return command_register(&consumer_command);
}

static void consumer_exit(void)
{
	command_unregister(&consumer_command);
}

module_init(consumer_init);
module_exit(consumer_exit);
