/* The command `use_init_late call` calls a function of init after init, and `read` reads its data.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int init_number __initdata = 42;

static __noinline int __init init_helper(void)
{
	return init_number;
}

static int (*volatile function)(void) = init_helper;
static int *volatile number = &init_number;

static int use_init_late_run(struct command_call *call)
{
	bool calls = call->argc > 1 && strcmp(call->argv[1], "call") == 0;

	return (calls ? function() : *number) == 42 ? 0 : -EPROTO;
}

static const struct command_operations operations = {.run = use_init_late_run};
static struct command command = {.name = "use_init_late", .operations = &operations};

static int __init uses_init_late_init(void)
{
	return init_helper() == 42 ? command_register(&command) : -EPROTO;
}

static void uses_init_late_exit(void)
{
	command_unregister(&command);
}

module_init(uses_init_late_init);
module_exit(uses_init_late_exit);
