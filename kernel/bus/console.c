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

static const struct console *console_of(const struct registration *registration)
{
	return container_of(registration, struct console, registration);
}

static int entering(struct registration *registration)
{
	return console_of(registration)->terminal < TERMINALS ? 0 : -EINVAL;
}

static void changed(struct registration *registration, bool callable)
{
	if (callable)
		log_pump_wake();
}

struct interface console_interface = {
    .name = "console",
    INTERFACE_OPERATIONS("write", "drain"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    .entering = entering,
    .changed = changed,
};
EXPORT_SYMBOL(console_interface);

static bool serves(const struct registration *registration, const void *terminal)
{
	return console_of(registration)->terminal == ((const struct terminal *)terminal)->id;
}

static int begin(struct call *call, struct terminal *terminal, unsigned operation)
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
	if (begin(&call, terminal, OPERATION(console, write)) != 0)
		return false;
	call_end(&call);
	return true;
}

/* What the device took; with none, or a wrong answer, all counts as taken. */
static size_t write_some(struct terminal *terminal, const char *bytes, size_t length)
{
	struct call call;
	long taken;

	if (begin(&call, terminal, OPERATION(console, write)) != 0) {
		if (polled(terminal))
			uart_write(bytes, length);
		return length;
	}
	taken = call_through(&call, console_of(call.registration), bytes, length);
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
	struct call call;

	if (begin(&call, terminal, OPERATION(console, drain)) == 0) {
		call_through(&call, console_of(call.registration));
		call_end(&call);
	} else if (polled(terminal)) {
		uart_drain();
	}
}
