#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/bus.h>
#include <kernel/wait.h>

/*
 * Terminals: where lines and keys meet, one for the serial line and one for the screen; they
 * outlive the drivers. A `console` driver writes what a terminal shows, an
 * `input` driver pushes what is typed; without a console the serial terminal uses the kernel's own
 * polled 16550. The terminal keeps log lines and command lines whole: a log record that arrives
 * while a line is being edited goes above it, and the edited line is shown again below.
 */
struct terminal;

enum terminal_id {
	TERMINAL_SERIAL,
	TERMINAL_SCREEN,
	TERMINALS,
};

struct command_call;

struct terminal *terminal_get(enum terminal_id id); /* never NULL; lives as this module */
const char *terminal_name(const struct terminal *terminal);

/* Writes whole lines (each ends in \n; sent as CR LF), their control characters but the tab
 * escaped; waits while the device is busy. */
void terminal_write(struct terminal *terminal, const char *text, size_t length);
/*
 * The line being edited: @length bytes, the cursor at byte @cursor. Shows it (redraws what changed)
 * and remembers it. length 0 with cursor 0: none. terminal_edit_end ends it with a line break. More
 * than 1,024 bytes are refused, with a line in the log.
 */
void terminal_edit(struct terminal *terminal, const char *text, size_t length, size_t cursor);
void terminal_edit_end(struct terminal *terminal);
/* Sends bytes as they are (escape sequences of `clear` and live views). */
void terminal_write_raw(struct terminal *terminal, const char *bytes, size_t length);
/* Next typed byte, 0 to 255; -ETIMEDOUT past @deadline, -EINTR when the thread is asked to stop, or
 * after terminal_interrupt. One reader. */
int terminal_read(struct terminal *terminal, uint64_t deadline);
/* A byte for a command that asks for a key, while the session waits for Ctrl-C: either of them gets
 * that. -EINTR: it is to end (command_cancelled). terminal_interrupt is not for this one. */
int terminal_read_key(struct terminal *terminal, struct command_call *call);
/* Waits until @byte is among what has been typed, and takes it alone out: 0, or errors as above. */
int terminal_watch(struct terminal *terminal, char byte, uint64_t deadline);
/* Makes the read that waits, or else the next one, return -EINTR. Thread context. */
void terminal_interrupt(struct terminal *terminal);
/* Waits until everything has left the device. */
void terminal_drain(struct terminal *terminal);

/* Woken when there is more in the log, for what waits until log_read gives a record. */
extern struct wait_queue terminal_log_queue;

/*
 * Interface `console`: shows bytes on a device. write may sleep, gets raw bytes (\r \n \b \a ESC [
 * …) and returns how many it took (at least 1) or a negative errno. drain waits until all is out.
 */
struct console;

struct console_operations {
	long (*write)(struct console *console, const char *bytes, size_t length);
	void (*drain)(struct console *console);
};

struct console {
	const char *name;
	enum terminal_id terminal;
	const struct console_operations *operations;
	struct registration registration;
};

extern struct interface console_interface;
#define console_register(entry)                                                                    \
	REGISTRATION_ENTER(register, console, &console_interface, entry, THIS_MODULE)
#define console_reserve(entry)                                                                     \
	REGISTRATION_ENTER(reserve, console, &console_interface, entry, THIS_MODULE)
#define console_unregister(entry) REGISTRATION_LEAVE(console, entry)

/*
 * Interface `input`: a source of typed bytes. input_push may be called from interrupt context;
 * bytes that find the terminal's queue full are dropped. A source that can keep its bytes back asks
 * input_room first, and takes no more than that from its device; once it was told 0, ready says
 * that there is room again. ready runs in a thread and may sleep; it may be absent.
 */
struct input;

struct input_operations {
	void (*ready)(struct input *input);
};

struct input {
	const char *name;
	enum terminal_id terminal;
	const struct input_operations *operations; /* may be NULL */
	struct registration registration;
};

extern struct interface input_interface;
#define input_register(entry)                                                                      \
	REGISTRATION_ENTER(register, input, &input_interface, entry, THIS_MODULE)
#define input_reserve(entry)                                                                       \
	REGISTRATION_ENTER(reserve, input, &input_interface, entry, THIS_MODULE)
#define input_unregister(entry) REGISTRATION_LEAVE(input, entry)
void input_push(struct input *input, const char *bytes, size_t length);
/* How many bytes fit into the queue. Any context but nmi. */
size_t input_room(struct input *input);
