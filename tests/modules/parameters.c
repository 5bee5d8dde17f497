/* One parameter of each type; the command `parameters` prints what they became. */
#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

static uint8_t p_byte = 1;
static short p_short = -2;
static unsigned short p_ushort = 2;
static int p_int = -3;
static unsigned p_uint = 3;
static long p_long = -4;
static unsigned long p_ulong = 4;
static bool p_bool;
static char *p_charp = "none";
static char p_string[8] = "none";
static int p_array[4] = {1, 2, 3, 4};
static uint32_t p_count;
module_param(p_byte, byte, 0444);
module_param(p_short, short, 0444);
module_param(p_ushort, ushort, 0444);
module_param(p_int, int, 0444);
module_param(p_uint, uint, 0444);
module_param(p_long, long, 0444);
module_param(p_ulong, ulong, 0444);
module_param(p_bool, bool, 0444);
module_param(p_charp, charp, 0444);
module_param_string(p_string, p_string, sizeof(p_string), 0444);
module_param_array(p_array, int, &p_count, 0444);

static int parameters_run(struct command_call *call)
{
	command_print(call, "%u %d %u %d %u %ld %lu\n", p_byte, p_short, p_ushort, p_int, p_uint,
		      p_long, p_ulong);
	command_print(call, "%d [%s] [%s]\n", p_bool, p_charp, p_string);
	command_print(call, "%u: %d %d %d %d\n", p_count, p_array[0], p_array[1], p_array[2],
		      p_array[3]);
	return 0;
}

static const struct command_operations parameters_operations = {.run = parameters_run};
static struct command parameters_command = {
    .name = "parameters",
    .operations = &parameters_operations,
};

static int __init parameters_init(void)
{
	return command_register(&parameters_command);
}

static void parameters_exit(void)
{
	command_unregister(&parameters_command);
}

module_init(parameters_init);
module_exit(parameters_exit);
