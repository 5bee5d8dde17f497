/*
 * Interface `input`: who feeds a terminal with typed bytes, from interrupts mostly, into a queue of
 * fixed size; one reader takes them out. While nobody feeds the serial terminal its reader polls
 * the kernel's own 16550.
 */
#include <kernel/terminal.h>

#include <kernel/module.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include <log/uart.h>

#include "bus_internal.h"
#include "terminal_internal.h"

#define POLL_INTERVAL (10 * TIME_MS)

static struct interface input_interface = {
    .name = "input",
    .context = INTERFACE_IRQ,
    .flags = INTERFACE_UNIQUE,
};

REGISTRATION_FUNCTIONS(input, entry->terminal < TERMINALS, NULL);

static void push(struct terminal *terminal, const char *bytes, size_t length)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);

	for (size_t i = 0; i < length && terminal->head - terminal->tail < INPUT_LIMIT; i++)
		terminal->input[terminal->head++ % INPUT_LIMIT] = bytes[i];
	spin_unlock_irqrestore(&terminal->lock, flags);
	wait_queue_wake(&terminal->typed);
}

void input_push(struct input *input, const char *bytes, size_t length)
{
	if (READ_ONCE(input->registration.state) == REGISTRATION_ACTIVE)
		push(terminal_get(input->terminal), bytes, length);
}
EXPORT_SYMBOL(input_push);

/* Bytes that wait in the 16550, when nobody else reads it. True while that is our duty. */
static bool poll_uart(struct terminal *terminal)
{
	struct registration *registration;
	bool fed = false;
	int byte;

	if (terminal->id != TERMINAL_SERIAL || !uart_present())
		return false;
	spin_lock(&input_interface.lock);
	list_for_each(registration, &input_interface.registrations, in_interface)
		fed = fed || container_of(registration, struct input, registration)->terminal ==
				 TERMINAL_SERIAL;
	spin_unlock(&input_interface.lock);
	while (!fed && (byte = uart_read()) >= 0)
		push(terminal, &(char){(char)byte}, 1);
	return !fed;
}

/* A byte, -EINTR, or -EAGAIN when there is none. */
static int take(struct terminal *terminal)
{
	uint64_t flags = spin_lock_irqsave(&terminal->lock);
	int result = -EAGAIN;

	if (terminal->interrupted) {
		terminal->interrupted = false;
		result = -EINTR;
	} else if (terminal->head != terminal->tail) {
		result = (unsigned char)terminal->input[terminal->tail++ % INPUT_LIMIT];
	}
	spin_unlock_irqrestore(&terminal->lock, flags);
	return result;
}

int terminal_read(struct terminal *terminal, uint64_t deadline)
{
	int result;

	for (;;) {
		bool polling = poll_uart(terminal);
		uint64_t until = polling ? min(deadline, time_now() + POLL_INTERVAL) : deadline;

		result = -EAGAIN;
		if (wait_event_until(&terminal->typed,
				     (result = take(terminal)) != -EAGAIN || thread_should_stop(),
				     until))
			return result == -EAGAIN ? -EINTR : result;
		if (time_now() >= deadline)
			return -ETIMEDOUT;
	}
}
EXPORT_SYMBOL(terminal_read);

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

void bus_input_init(void)
{
	interface_register(&input_interface);
}
