/* Puts a reference that nobody got: `surplus_put`. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int surplus_put_run(struct command_call *call)
{
	module_put(THIS_MODULE);
	return 0;
}

static const struct command_operations surplus_put_operations = {.run = surplus_put_run};
static struct command surplus_put_command = {
    .name = "surplus_put",
    .operations = &surplus_put_operations,
};

static int __init surplus_put_init(void)
{
	return command_register(&surplus_put_command);
}

static void surplus_put_exit(void)
{
	command_unregister(&surplus_put_command);
}

module_init(surplus_put_init);
module_exit(surplus_put_exit);
