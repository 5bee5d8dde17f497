/*
 * Interfaces `console` and `input`: the devices behind a terminal.
 *
 * Output goes to the terminal's console through a call; the serial terminal goes on with the
 * kernel's polled 16550 while there is none, so the kernel is never silent. A console that
 * becomes callable gets the log from where the terminal stands.
 *
 * An input feeds a terminal with typed bytes, from interrupts mostly, into a queue of fixed size;
 * one reader takes them out. While no driver feeds the serial terminal its reader polls the
 * kernel's own 16550. A full queue makes the serial line wait, so that what is pasted or comes from
 * a program is never lost: the bytes stay in the device, and at last with their sender.
 */
#include <kernel/terminal.h>

#include <lib/touch.h>

#include <kernel/command.h>
#include <kernel/log_reader.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/uart.h>

#include "terminal_internal.h"

#define POLL_INTERVAL (1 * TIME_MS)

/* COM1 (PC16550D data sheet, table II). */
#define UART_DATA 0x3f8
#define UART_LINE_STATUS (UART_DATA + 5)
#define STATUS_RECEIVED 0x01

/* Both are the same to their owner. */
_Static_assert(offsetof(struct console, registration) == offsetof(struct input, registration) &&
		   offsetof(struct console, terminal) == offsetof(struct input, terminal),
	       "device_of");

static struct console *device_of(struct registration *registration)
{
	return container_of(registration, struct console, registration);
}

/* A call on the device of @terminal, if there is one: as call_begin_by_name. */
static int begin(struct call *call, struct interface *interface, const struct terminal *terminal,
		 unsigned operation)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&interface->lock);
	list_for_each(registration, &interface->registrations, in_interface) {
		if (device_of(registration)->terminal == terminal->id)
			error = call_begin_locked(call, registration, operation);
		if (!error)
			break;
	}
	spin_unlock(&interface->lock);
	return error;
}

static int entering(struct registration *registration)
{
	if (device_of(registration)->terminal < TERMINALS)
		return 0;
	return registration_refuse(registration, -EINVAL, "there is no such terminal");
}

static void changed(struct registration *registration, bool callable)
{
	if (callable)
		log_reader_wake();
}

struct interface console_interface = {
    .name = "console",
    INTERFACE_OPERATIONS("write", "drain"),
    .required = 1,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    INTERFACE_ENTRY(console),
    .entering = entering,
    .changed = changed,
};
EXPORT_SYMBOL(console_interface);

static bool polled(const struct terminal *terminal)
{
	return terminal->id == TERMINAL_SERIAL && uart_present();
}

/* Once this module has failed the serial line is printk's alone. */
static bool may_send(void)
{
	return READ_ONCE(THIS_MODULE->state) != MODULE_FAILED;
}

bool terminal_has_device(struct terminal *terminal)
{
	struct call call;

	if (!may_send())
		return false;
	if (polled(terminal))
		return true;
	if (begin(&call, &console_interface, terminal, OPERATION(console, write)) != 0)
		return false;
	call_end(&call);
	return true;
}

/* What the device took; with none, or a wrong answer, all counts as taken. */
static size_t write_some(struct terminal *terminal, const char *bytes, size_t length)
{
	struct call call;
	long taken;

	if (begin(&call, &console_interface, terminal, OPERATION(console, write)) != 0) {
		if (polled(terminal))
			uart_write(bytes, length);
		return length;
	}
	taken = call_through(&call, device_of(call.registration), bytes, length);
	call_end(&call);
	return taken > 0 && (size_t)taken <= length ? (size_t)taken : length;
}

bool terminal_send(struct terminal *terminal)
{
	size_t sent = 0;

	while (sent < terminal->used && may_send())
		sent += write_some(terminal, terminal->buffer + sent, terminal->used - sent);
	terminal->used = 0;
	return may_send();
}

void terminal_drain_device(struct terminal *terminal)
{
	struct call call;

	if (begin(&call, &console_interface, terminal, OPERATION(console, drain)) == 0) {
		call_through(&call, device_of(call.registration));
		call_end(&call);
	} else if (polled(terminal)) {
		uart_drain();
	}
}

struct interface input_interface = {
    .name = "input",
    INTERFACE_OPERATIONS("ready"),
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE | INTERFACE_PASSIVE,
    INTERFACE_ENTRY(input),
    .entering = entering,
};
EXPORT_SYMBOL(input_interface);

static uint32_t room_locked(const struct terminal *terminal)
{
	CHECK(spin_is_held(&terminal->lock));
	return INPUT_LIMIT - (terminal->head - terminal->tail);
}

static void push(struct terminal *terminal, const char *bytes, size_t length)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);

	for (size_t i = 0; i < length && room_locked(terminal) > 0; i++)
		terminal->input[terminal->head++ % INPUT_LIMIT] = bytes[i];
	spin_unlock_irqrestore(&terminal->lock, flags);
	wait_queue_wake(&terminal->typed);
}

void input_push(struct input *input, const char *bytes, size_t length)
{
	touch(bytes, length);
	if (READ_ONCE(input->registration.state) == REGISTRATION_ACTIVE)
		push(terminal_get(input->terminal), bytes, length);
}
EXPORT_SYMBOL(input_push);

static size_t room(struct terminal *terminal)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);
	size_t result = room_locked(terminal);

	spin_unlock_irqrestore(&terminal->lock, flags);
	return result;
}

size_t input_room(struct input *input)
{
	return room(terminal_get(input->terminal));
}
EXPORT_SYMBOL(input_room);

/* The queue is empty, and its reader is about to wait: who was told that there is no room goes on.
 * Told each time, so that nobody has to remember who was. */
static void tell_ready(struct terminal *terminal)
{
	struct call call;

	if (READ_ONCE(terminal->head) != READ_ONCE(terminal->tail) ||
	    begin(&call, &input_interface, terminal, OPERATION(input, ready)) != 0)
		return;
	call_through(&call, device_of(call.registration));
	call_end(&call);
}

/* A byte that waits in the 16550, or -1. */
static int read_uart(void)
{
	return io_in8(UART_LINE_STATUS) & STATUS_RECEIVED ? io_in8(UART_DATA) : -1;
}

/* Bytes that wait in the 16550, when nobody else reads it. True while that is our duty. An input
 * registers under the lock, so that a byte that was read here is pushed before it may push any. */
static bool poll_uart(struct terminal *terminal)
{
	struct registration *registration;
	bool fed = false;
	int byte;

	if (terminal->id != TERMINAL_SERIAL || !uart_present())
		return false;
	spin_lock(&input_interface.lock);
	list_for_each(registration, &input_interface.registrations, in_interface)
		fed = fed || device_of(registration)->terminal == terminal->id;
	while (!fed && room(terminal) > 0 && (byte = read_uart()) >= 0)
		push(terminal, &(char){(char)byte}, 1);
	spin_unlock(&input_interface.lock);
	return !fed;
}

/* What a reader takes: any byte, or one only. */
#define ANY_BYTE (-1)

static int take_locked(struct terminal *terminal, int wanted)
{
	char *input = terminal->input;

	CHECK(spin_is_held(&terminal->lock));
	for (uint32_t at = terminal->tail; at != terminal->head; at++) {
		unsigned char byte = (unsigned char)input[at % INPUT_LIMIT];

		if (wanted != ANY_BYTE && byte != wanted)
			continue;
		for (; at != terminal->tail; at--)
			input[at % INPUT_LIMIT] = input[(at - 1) % INPUT_LIMIT];
		terminal->tail++;
		return byte;
	}
	return -EAGAIN;
}

/* A byte, -EINTR, or -EAGAIN when there is none. */
static int take(struct terminal *terminal, bool session, int wanted)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);
	int result = -EINTR;

	if (!session || !terminal->interrupted)
		result = take_locked(terminal, wanted);
	if (session)
		terminal->interrupted = false;
	spin_unlock_irqrestore(&terminal->lock, flags);
	return result;
}

/* The reader waits, and is to show the edited line again, which it did not know. */
static bool is_to_show(const struct terminal *terminal, uint64_t due)
{
	return due == WAIT_FOREVER && READ_ONCE(terminal->show_at) != 0;
}

static bool is_over(struct command_call *call)
{
	return thread_should_stop() || (call && command_cancelled(call));
}

/* @call: the command that reads; NULL: the session. */
static int read_wanted(struct terminal *terminal, struct command_call *call, int wanted,
		       uint64_t deadline)
{
	for (;;) {
		bool polling = poll_uart(terminal);
		uint64_t due = terminal_show_again(terminal), until = min(deadline, due);
		int result = -EAGAIN;

		if (polling)
			until = min(until, time_now() + POLL_INTERVAL);
		tell_ready(terminal);
		wait_event_until(&terminal->typed,
				 (result = take(terminal, !call, wanted)) != -EAGAIN ||
				     is_over(call) || is_to_show(terminal, due),
				 until);
		if (result != -EAGAIN || is_over(call))
			return result == -EAGAIN ? -EINTR : result;
		if (time_now() >= deadline)
			return -ETIMEDOUT;
	}
}

int terminal_read(struct terminal *terminal, uint64_t deadline)
{
	return read_wanted(terminal, NULL, ANY_BYTE, deadline);
}
EXPORT_SYMBOL(terminal_read);

int terminal_read_key(struct terminal *terminal, struct command_call *call)
{
	return read_wanted(terminal, call, ANY_BYTE, WAIT_FOREVER);
}
EXPORT_SYMBOL(terminal_read_key);

int terminal_watch(struct terminal *terminal, char byte, uint64_t deadline)
{
	int result = read_wanted(terminal, NULL, (unsigned char)byte, deadline);

	return result < 0 ? result : 0;
}
EXPORT_SYMBOL(terminal_watch);

void terminal_interrupt(struct terminal *terminal)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);

	terminal->interrupted = true;
	spin_unlock_irqrestore(&terminal->lock, flags);
	wait_queue_wake(&terminal->typed);
}
EXPORT_SYMBOL(terminal_interrupt);

void terminal_input_init(struct terminal *terminal)
{
	spin_lock_init(&terminal->lock, "terminal_input");
	wait_queue_init(&terminal->typed);
}
