/*
 * Interface `console`: the device behind a terminal. Output goes to the terminal's console through
 * a call; the serial terminal goes on with the kernel's own polled 16550 while there is none, so
 * the kernel is never silent. A console that becomes callable gets the log from where the terminal
 * stands.
 */
#include <kernel/terminal.h>

#include <kernel/module.h>

#include <log/uart.h>

#include "bus_internal.h"
#include "terminal_internal.h"

static const char *const operation_names[] = {"write", "drain"};

static void changed(struct registration *registration, bool callable)
{
	if (callable)
		log_pump_wake();
}

static struct interface console_interface = {
    .name = "console",
    .operations = operation_names,
    .operation_count = 2,
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    .changed = changed,
};

REGISTRATION_FUNCTIONS(console, entry->terminal < TERMINALS, entry->operations);

static bool serves(const struct registration *registration, const void *terminal)
{
	const struct console *console = container_of(registration, struct console, registration);

	return console->terminal == ((const struct terminal *)terminal)->id;
}

static int begin(struct call *call, struct terminal *terminal, const char *operation)
{
	return call_begin_match(call, &console_interface, 0, serves, terminal, operation);
}

static bool polled(const struct terminal *terminal)
{
	return terminal->id == TERMINAL_SERIAL && uart_present();
}

bool terminal_has_device(struct terminal *terminal)
{
	struct call call;

	if (polled(terminal))
		return true;
	if (begin(&call, terminal, "look") != 0)
		return false;
	call_end(&call);
	return true;
}

/* What the device took; with none, or a wrong answer, all counts as taken. */
static size_t write_some(struct terminal *terminal, const char *bytes, size_t length)
{
	const struct console_operations *operations;
	struct call call;
	long taken;

	if (begin(&call, terminal, "write") != 0) {
		if (polled(terminal))
			uart_write(bytes, length);
		return length;
	}
	operations = call.registration->operations;
	taken =
	    call_through(&call, operations->write,
			 (uint64_t)container_of(call.registration, struct console, registration),
			 (uint64_t)bytes, length, 0, 0);
	call_end(&call);
	return taken > 0 && (size_t)taken <= length ? (size_t)taken : length;
}

void terminal_send(struct terminal *terminal)
{
	size_t sent = 0;

	while (sent < terminal->used)
		sent += write_some(terminal, terminal->buffer + sent, terminal->used - sent);
	terminal->used = 0;
}

void terminal_drain_device(struct terminal *terminal)
{
	const struct console_operations *operations;
	struct call call;

	if (begin(&call, terminal, "drain") != 0) {
		if (polled(terminal))
			uart_drain();
		return;
	}
	operations = call.registration->operations;
	if (operations->drain)
		call_through(
		    &call, operations->drain,
		    (uint64_t)container_of(call.registration, struct console, registration), 0, 0,
		    0, 0);
	call_end(&call);
}

void bus_console_init(void)
{
	interface_register(&console_interface);
	bus_input_init();
}
