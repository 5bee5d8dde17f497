/* Puts a reference that nobody got: `surplus_put`. `surplus_put fair` has got them, in both ways.
 */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int surplus_put_run(struct command_call *call)
{
	if (call->argc > 1) {
		if (!try_module_get(THIS_MODULE))
			return -EBUSY;
		__module_get(THIS_MODULE);
		module_put(THIS_MODULE);
	}
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
