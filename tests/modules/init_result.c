/* init takes three commands and returns what it is told to, without undoing anything. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int result = -5;
module_param(result, int, 0444);

static int left_run(struct command_call *call)
{
	command_print(call, "still here\n");
	return 0;
}

static const struct command_operations left_operations = {.run = left_run};
static struct command left[] = {
    {.name = "left_1", .operations = &left_operations},
    {.name = "left_2", .operations = &left_operations},
    {.name = "left_3", .operations = &left_operations},
};

static int __init init_result_init(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(left); i++) {
		int error = command_register(&left[i]);

		if (error)
			return error;
	}
	return result;
}

static void init_result_exit(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(left); i++)
		command_unregister(&left[i]);
}

module_init(init_result_init);
module_exit(init_result_exit);
