/*
 * The template: a module with a parameter, a command and a good-bye. Copy the folder, rename,
 * change.
 */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Says hello; the template for a first module");
MODULE_VERSION("1.0");

static char *who = "world";
module_param(who, charp, 0444);
MODULE_PARM_DESC(who, "the name to greet");

static int hello_run(struct command_call *call)
{
	command_print(call, "hello, %s\n", who);
	return 0;
}

static const struct command_operations hello_operations = {.run = hello_run};
static struct command hello_command = {
    .name = KBUILD_MODNAME,
    .help = "greets",
    .operations = &hello_operations,
};

static int __init hello_init(void)
{
	printk(KBUILD_MODNAME ": hello, %s\n", who);
	return command_register(&hello_command);
}

static void hello_exit(void)
{
	command_unregister(&hello_command);
	printk(KBUILD_MODNAME ": goodbye\n");
}

module_init(hello_init);
module_exit(hello_exit);
