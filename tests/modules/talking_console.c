/*
 * A console on the serial line that logs a record for each piece that it writes, so that the log
 * has no end while it is there. It needs the place of serial_console.
 */
#include <kernel/module.h>
#include <kernel/terminal.h>
#include <kernel/uart.h>

MODULE_LICENSE("MIT");

static long talking_write(struct console *console, const char *bytes, size_t length)
{
	uart_write(bytes, length);
	printk("talking_console: %zu bytes\n", length);
	return (long)length;
}

static const struct console_operations operations = {.write = talking_write};
static struct console console = {
    .name = "talking",
    .terminal = TERMINAL_SERIAL,
    .operations = &operations,
};

static int __init talking_init(void)
{
	return console_register(&console);
}

static void talking_exit(void)
{
	console_unregister(&console);
}

module_init(talking_init);
module_exit(talking_exit);
