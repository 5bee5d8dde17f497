/* A command that shows an edited line with a length that is not its own: `edits_much LENGTH`. */
#include <kernel/command.h>
#include <kernel/module.h>
#include <kernel/terminal.h>

#include "rules_words.h"

MODULE_LICENSE("MIT");

static int edit_much(struct command_call *call)
{
	terminal_edit(terminal_get(TERMINAL_SERIAL), "abc", word_number(call, 1, 0), 0);
	return 0;
}

static const struct command_operations operations = {.run = edit_much};
static struct command command = {.name = "edits_much", .operations = &operations};

static int __init edits_much_init(void)
{
	return command_register(&command);
}

static void edits_much_exit(void)
{
	command_unregister(&command);
}

module_init(edits_much_init);
module_exit(edits_much_exit);
