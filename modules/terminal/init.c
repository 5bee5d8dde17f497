/*
 * Terminals as a module: its interfaces, and its place as the log's reader.
 */
#include <kernel/command.h>
#include <kernel/log_reader.h>
#include <kernel/module.h>
#include <kernel/sink.h>
#include <kernel/terminal.h>

#include "terminal_internal.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Terminals, commands and streams: where lines, keys and the log meet");
MODULE_VERSION("1.0");

static struct interface *const interfaces[] = {
    &command_interface,
    &console_interface,
    &input_interface,
    &sink_interface,
};

DEFINE_WAIT_QUEUE(terminal_log_queue);
EXPORT_SYMBOL(terminal_log_queue);

/* A record that is stored from here on has this called once more. */
static void show_log(struct log_reader *reader)
{
	wait_queue_wake(&terminal_log_queue);
	for (unsigned id = 0; id < TERMINALS; id++)
		terminal_pump(terminal_get(id));
}

static const struct log_reader_operations operations = {.show = show_log};
static struct log_reader reader = {.name = "terminal", .operations = &operations};

static void terminal_exit(void)
{
	log_reader_unregister(&reader);
	for (size_t i = 0; i < ARRAY_SIZE(interfaces); i++)
		interface_unregister(interfaces[i]);
}

static int __init terminal_init(void)
{
	int error = 0;

	terminals_prepare();
	for (size_t i = 0; i < ARRAY_SIZE(interfaces) && !error; i++)
		error = interface_register(interfaces[i]);
	if (!error)
		error = log_reader_register(&reader);
	if (error)
		terminal_exit();
	return error;
}

module_init(terminal_init);
module_exit(terminal_exit);
