/*
 * Keeps what no module should after its owner has gone: a bare pointer into text, which the command
 * `late` calls, and a reference, which `late put` gives back.
 */
#include <string.h>

#include <kernel/command.h>
#include <kernel/module.h>

MODULE_LICENSE("MIT");

void late_keep(int (*function)(void));

static int (*kept)(void);

void late_keep(int (*function)(void))
{
	kept = function;
}
EXPORT_SYMBOL(late_keep);

void late_keep_reference(struct module *module);

static struct module *kept_module;

void late_keep_reference(struct module *module)
{
	kept_module = module;
}
EXPORT_SYMBOL(late_keep_reference);

static int late_run(struct command_call *call)
{
	if (call->argc > 1 && strcmp(call->argv[1], "put") == 0) {
		module_put(kept_module);
		return 0;
	}
	return kept ? kept() : -ENOENT;
}

static const struct command_operations late_operations = {.run = late_run};
static struct command late_command = {.name = "late", .operations = &late_operations};

static int __init late_keeper_init(void)
{
	return command_register(&late_command);
}

static void late_keeper_exit(void)
{
	command_unregister(&late_command);
}

module_init(late_keeper_init);
module_exit(late_keeper_exit);
