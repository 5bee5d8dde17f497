/* Parameters of several modes, and names that no path leads to; `sys_target` prints what they are.
 */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static int number = 7;
static bool flag = true;
static bool inverse = true; /* is given as `no` */
static unsigned fixed = 3;
static int secret = 5;
static int hidden = 6;
static char *pointer = "stays";
static char text[16] = "a\x1b"
		       "b";
static int list[3] = {1, 2, 3};
static int many[400]; /* more than a row shows */
static uint32_t count;
module_param(number, int, 0644);
module_param(flag, bool, 0644);
module_param(inverse, invbool, 0644);
module_param(fixed, uint, 0444);
module_param(secret, int, 0200);
module_param(hidden, int, 0);
module_param(pointer, charp, 0644);
module_param_string(text, text, sizeof(text), 0644);
module_param_array(list, int, &count, 0644);
module_param_array(many, int, NULL, 0444);

#define ODD(symbol, name)                                                                          \
	static const struct module_param symbol                                                    \
	    __attribute__((section(".tenon.params"), used, aligned(8))) = {                        \
		name, &number, MODULE_PARAM_int, sizeof(number), 1, 0644, NULL}
ODD(slash, "a/b");
ODD(up, "..");

static int sys_target_run(struct command_call *call)
{
	command_print(call, "%d %d %d %u %d %d [%s] [%s] %u: %d %d %d\n", number, flag, inverse,
		      fixed, secret, hidden, pointer, text, count, list[0], list[1], list[2]);
	return 0;
}

static const struct command_operations sys_target_operations = {.run = sys_target_run};
static struct command sys_target_command = {.name = "sys_target",
					    .operations = &sys_target_operations};

static int __init sys_target_init(void)
{
	return command_register(&sys_target_command);
}

static void sys_target_exit(void)
{
	command_unregister(&sys_target_command);
}

module_init(sys_target_init);
module_exit(sys_target_exit);
