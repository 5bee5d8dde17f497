/* Registers more than a report has room for. */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

#define COMMANDS 500

static int many_commands_run(struct command_call *call)
{
	return 0;
}

static const struct command_operations many_commands_operations = {.run = many_commands_run};
static struct command commands[COMMANDS];
static char names[COMMANDS][16];

static int __init many_commands_init(void)
{
	int error = 0;

	for (unsigned i = 0; i < COMMANDS && !error; i++) {
		snprintf(names[i], sizeof(names[i]), "many_%u", i);
		commands[i].name = names[i];
		commands[i].operations = &many_commands_operations;
		error = command_register(&commands[i]);
	}
	return error;
}

static void many_commands_exit(void)
{
	for (unsigned i = 0; i < COMMANDS; i++)
		command_unregister(&commands[i]);
}

module_init(many_commands_init);
module_exit(many_commands_exit);
