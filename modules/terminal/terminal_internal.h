#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/mutex.h>
#include <kernel/spinlock.h>
#include <kernel/terminal.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#define EDIT_LIMIT 1024
#define INPUT_LIMIT 4096u
/* How long a long line may stand unfinished before others go on. */
#define LINE_PATIENCE TIME_SECOND

struct terminal {
	enum terminal_id id;	    /* [I] */
	const char *name;	    /* [I] */
	struct mutex mutex;	    /* guards the output half */
	struct thread *line_writer; /* [L] has sent part of a line; whose next part comes first */
	struct wait_queue line_ended;
	struct thread *last_writer; /* [L] whose text stands on an open line; only compared */
	bool open_line;	       /* [L] something stands on the row that is not the edited line */
	size_t edit_length;    /* [L] 0: no line is edited */
	bool edit_shown;       /* [L] the edited line stands on the row */
	uint64_t show_at;      /* [A] written with the mutex: when it is to be shown; 0: never */
	size_t edit_cursor;    /* [L] */
	char edit[EDIT_LIMIT]; /* [L] */
	uint64_t log_cursor;   /* [L] of the screen: the first record that it has not been sent */
	size_t used;	       /* [L] */
	char buffer[256];      /* [L] on the way to the device */
	struct spinlock lock;  /* guards the input half, from interrupts too */
	struct wait_queue typed;
	bool interrupted;	 /* [L] */
	uint32_t head, tail;	 /* [L] bytes ever pushed and read */
	char input[INPUT_LIMIT]; /* [L] */
};

/* terminal.c: at init, before there is an entry. */
void terminals_prepare(void);
/* A part of a line whose rest follows at once from the same thread (@more). */
void terminal_write_part(struct terminal *terminal, const char *text, size_t length, bool more);
/* Ends a line that stands unfinished. Context: thread. */
void terminal_begin_line(struct terminal *terminal);
/* Sends the log records that wait. Context: thread. */
void terminal_pump(struct terminal *terminal);

/* Shows the edited line if that is due; else when it will be, WAIT_FOREVER: not now. Context:
 * thread. */
uint64_t terminal_show_again(struct terminal *terminal);

/* device.c: the device behind a terminal; the terminal's mutex is held. */
/* What is in the buffer. False: this module has failed, and what was there may not have left. */
bool terminal_send(struct terminal *terminal);
bool terminal_has_device(struct terminal *terminal);
void terminal_drain_device(struct terminal *terminal);
/* Its half of a terminal at init. */
void terminal_input_init(struct terminal *terminal);

/* stream.c: what comes next stands at the start of a line, if this goes to a terminal. */
struct stream;
void stream_begin_line(struct stream *stream);
void stream_print_v(struct stream *stream, const char *format, va_list arguments);
