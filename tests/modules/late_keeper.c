/*
 * Keeps a bare pointer into `late_victim`, which no module should: the command `late` calls it
 * after its owner has gone.
 */
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

static int late_run(struct command_call *call)
{
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
