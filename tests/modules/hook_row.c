/*
 * A point with @count hooks of its own, of priorities 0, 10, 20 and so on. `hook_row` pushes a
 * message, and prints the letters of the hooks that it has met and how the walk has ended.
 */
#include <kernel/command.h>
#include <kernel/module.h>

#include "hook_row.h"

MODULE_LICENSE("MIT");

static unsigned count = 8;
module_param(count, uint, 0);

struct hook_point row_point = HOOK_POINT_INIT("row");
EXPORT_SYMBOL(row_point);

static struct hook hooks[ROW_MOST];
static char names[ROW_MOST][8];

static enum hook_verdict handle(struct hook *hook, void *argument)
{
	struct row_message *message = argument;

	if (message->count < ROW_MOST)
		message->called[message->count++] = (char)('A' + (hook - hooks));
	return HOOK_PASS;
}
static const struct hook_operations operations = {.handle = handle};

static int run(struct command_call *call)
{
	struct row_message message = {{0}, 0};
	enum hook_verdict verdict = hook_run(&row_point, &message);

	command_print(call, "%s %d\n", message.called, (int)verdict);
	return 0;
}

static const struct command_operations command_operations = {.run = run};
static struct command command = {.name = "hook_row", .operations = &command_operations};

static void take_out(void)
{
	for (unsigned i = 0; i < count; i++)
		hook_unregister(&hooks[i]);
	hook_point_unregister(&row_point);
}

static int __init hook_row_init(void)
{
	int error = count > ROW_MOST ? -EINVAL : hook_point_register(&row_point);

	for (unsigned i = 0; i < count && !error; i++) {
		snprintf(names[i], sizeof(names[i]), "row%u", i);
		hooks[i] = (struct hook){.name = names[i],
					 .priority = (int)(10 * i),
					 .operations = &operations,
					 .point = &row_point};
		error = hook_register(&hooks[i]);
	}
	return error ? error : command_register(&command);
}

static void hook_row_exit(void)
{
	command_unregister(&command);
	take_out();
}

module_init(hook_row_init);
module_exit(hook_row_exit);
