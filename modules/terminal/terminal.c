/*
 * Terminals: one for the serial line, one for the screen. Each has one lock for its output, taken
 * for whole lines, so that lines of the log, of commands and the line being edited never run into
 * each other. The first thread that writes sends the log records that wait: what was logged before
 * stands above.
 *
 * The edited line makes room for other lines: on the screen it is wiped, on the serial line, which
 * programs read, it is ended with a line break. It is drawn again when a key changes it, or by the
 * reader (terminal_read) when no other line has come for SHOW_AFTER: so a prompt does not follow
 * each line of the log.
 */
#include <kernel/terminal.h>

#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include <kernel/log_reader.h>
#include <kernel/module.h>
#include <kernel/mutex.h>
#include <kernel/preempt.h>
#include <kernel/time.h>

#include "terminal_internal.h"

#define WIPE_WIDTH 79 /* an edited line that surely stands on one row */
#define SHOW_AFTER (100 * TIME_MS)

static struct terminal terminals[TERMINALS] = {
    [TERMINAL_SERIAL] = {.id = TERMINAL_SERIAL, .name = "serial"},
    [TERMINAL_SCREEN] = {.id = TERMINAL_SCREEN, .name = "screen"},
};

struct terminal *terminal_get(enum terminal_id id)
{
	return &terminals[id];
}
EXPORT_SYMBOL(terminal_get);

const char *terminal_name(const struct terminal *terminal)
{
	return terminal->name;
}
EXPORT_SYMBOL(terminal_name);

/* A thread that has sent part of a long line keeps the terminal for LINE_PATIENCE. True: it is this
 * one. */
static bool lock(struct terminal *terminal)
{
	uint64_t deadline = time_now() + LINE_PATIENCE;
	bool goes_on;

	mutex_lock(&terminal->mutex);
	goes_on = terminal->line_writer == thread_current();
	while (terminal->line_writer && terminal->line_writer != thread_current()) {
		bool gone;

		mutex_unlock(&terminal->mutex);
		gone = wait_event_until(&terminal->line_ended, !READ_ONCE(terminal->line_writer),
					deadline);
		mutex_lock(&terminal->mutex);
		if (!gone)
			break;
	}
	terminal->line_writer = NULL;
	return goes_on;
}

static void unlock(struct terminal *terminal)
{
	bool ended = !terminal->line_writer;

	terminal_send(terminal);
	mutex_unlock(&terminal->mutex);
	if (ended)
		wait_queue_wake(&terminal->line_ended);
}

static void put(struct terminal *terminal, const char *bytes, size_t length)
{
	while (length > 0) {
		size_t part = min(length, sizeof(terminal->buffer) - terminal->used);

		memcpy(terminal->buffer + terminal->used, bytes, part);
		terminal->used += part;
		bytes += part;
		length -= part;
		if (terminal->used == sizeof(terminal->buffer))
			terminal_send(terminal);
	}
}

static void put_times(struct terminal *terminal, char byte, size_t times)
{
	while (times-- > 0)
		put(terminal, &byte, 1);
}

static void break_line(struct terminal *terminal)
{
	put(terminal, "\r\n", 2);
	terminal->open_line = false;
}

/* Columns that these bytes take: continuation bytes of UTF-8 take none. */
static size_t columns(const char *text, size_t from, size_t to)
{
	size_t count = 0;

	for (size_t i = from; i < to; i++)
		count += (text[i] & 0xc0) != 0x80;
	return count;
}

/* Other lines come: the edited line leaves, and what stands unfinished is finished. */
static void make_room(struct terminal *terminal)
{
	size_t width = columns(terminal->edit, 0, terminal->edit_length);

	if (terminal->edit_shown && terminal->id == TERMINAL_SCREEN && width < WIPE_WIDTH) {
		put(terminal, "\r", 1);
		put_times(terminal, ' ', width);
		put(terminal, "\r", 1);
	} else if (terminal->edit_shown) {
		break_line(terminal);
	}
	terminal->edit_shown = false;
}

static void show_edit(struct terminal *terminal)
{
	WRITE_ONCE(terminal->show_at, 0);
	if (terminal->edit_length == 0 || terminal->edit_shown)
		return;
	if (terminal->open_line)
		break_line(terminal);
	put(terminal, terminal->edit, terminal->edit_length);
	put_times(terminal, '\b',
		  columns(terminal->edit, terminal->edit_cursor, terminal->edit_length));
	terminal->edit_shown = true;
}

/* Other lines have come, and more may. The reader waits until then. */
static void show_edit_later(struct terminal *terminal)
{
	if (terminal->edit_length == 0 || terminal->edit_shown)
		return;
	WRITE_ONCE(terminal->show_at, time_now() + SHOW_AFTER);
	wait_queue_wake(&terminal->typed);
}

/* `[SECONDS.MICROSECONDS] text`; records are escaped when they are stored. */
static void put_record(struct terminal *terminal, const struct log_record *record)
{
	char stamp[40];
	int length = format_text(stamp, sizeof(stamp), "[%llu.%06llu] ",
				 (unsigned long long)(record->time / TIME_SECOND),
				 (unsigned long long)(record->time % TIME_SECOND / TIME_US));

	put(terminal, stamp, (size_t)length);
	put(terminal, record->text, record->length);
	break_line(terminal);
}

/* What the serial line has been sent the kernel knows, which goes on there without this module. */
static uint64_t first_unsent(const struct terminal *terminal)
{
	return terminal->id == TERMINAL_SERIAL ? log_sent() : terminal->log_cursor;
}

static void set_sent(struct terminal *terminal, uint64_t cursor)
{
	if (terminal->id == TERMINAL_SERIAL)
		log_set_sent(cursor);
	else
		terminal->log_cursor = cursor;
}

/* The cursor moves once a record has left: a panic goes on from there. What is logged meanwhile, by
 * the console perhaps, waits for the next time, so that this ends. */
static void pump(struct terminal *terminal)
{
	uint64_t cursor = first_unsent(terminal), end = log_end();
	struct log_record record;

	if (!terminal_has_device(terminal))
		return;
	while (cursor < end && log_read(&cursor, &record)) {
		make_room(terminal);
		if (terminal->open_line)
			break_line(terminal);
		put_record(terminal, &record);
		if (!terminal_send(terminal))
			return; /* printk sends it */
		set_sent(terminal, cursor);
	}
}

void terminal_pump(struct terminal *terminal)
{
	lock(terminal);
	pump(terminal);
	show_edit_later(terminal);
	unlock(terminal);
}

uint64_t terminal_show_again(struct terminal *terminal)
{
	uint64_t due = READ_ONCE(terminal->show_at);

	if (due == 0)
		return WAIT_FOREVER;
	if (time_now() < due)
		return due;
	lock(terminal);
	if (terminal->show_at <= time_now())
		show_edit(terminal);
	due = terminal->show_at;
	unlock(terminal);
	return due == 0 ? WAIT_FOREVER : due;
}

/* Text that files and modules wrote: control characters but the tab are escaped. */
static void put_lines(struct terminal *terminal, const char *text, size_t length)
{
	while (length > 0) {
		char escaped[ESCAPE_MAX] = "\t";
		size_t written = 1, taken = 1;

		if (*text == '\n') {
			break_line(terminal);
		} else {
			if (*text != '\t')
				taken = escape_step(text, length, escaped, &written);
			put(terminal, escaped, written);
			terminal->open_line = true;
		}
		text += taken;
		length -= taken;
	}
}

void terminal_write_part(struct terminal *terminal, const char *text, size_t length, bool more)
{
	touch(text, length);
	if (!lock(terminal)) {
		pump(terminal);
		make_room(terminal);
	}
	if (terminal->open_line && terminal->last_writer != thread_current())
		break_line(terminal);
	terminal->last_writer = thread_current();
	put_lines(terminal, text, length);
	if (more)
		terminal->line_writer = thread_current();
	else
		show_edit_later(terminal);
	unlock(terminal);
}

void terminal_write(struct terminal *terminal, const char *text, size_t length)
{
	terminal_write_part(terminal, text, length, false);
}
EXPORT_SYMBOL(terminal_write);

void terminal_begin_line(struct terminal *terminal)
{
	lock(terminal);
	if (terminal->open_line)
		break_line(terminal);
	unlock(terminal);
}

void terminal_write_raw(struct terminal *terminal, const char *bytes, size_t length)
{
	touch(bytes, length);
	lock(terminal);
	put(terminal, bytes, length);
	unlock(terminal);
}
EXPORT_SYMBOL(terminal_write_raw);

/* Draws what differs from the edited line that stands there, with nothing but \b and spaces. */
static void redraw(struct terminal *terminal, const char *text, size_t length, size_t cursor)
{
	const char *old = terminal->edit;
	size_t old_length = terminal->edit_length, same = 0, wider;

	while (same < length && same < old_length && text[same] == old[same])
		same++;
	while (same > 0 && same < length && (text[same] & 0xc0) == 0x80)
		same--;
	if (terminal->edit_cursor > same)
		put_times(terminal, '\b', columns(old, same, terminal->edit_cursor));
	else
		put(terminal, old + terminal->edit_cursor, same - terminal->edit_cursor);
	put(terminal, text + same, length - same);
	wider = columns(old, same, old_length);
	wider -= min(wider, columns(text, same, length));
	put_times(terminal, ' ', wider);
	put_times(terminal, '\b', wider + columns(text, cursor, length));
}

void terminal_edit(struct terminal *terminal, const char *text, size_t length, size_t cursor)
{
	char where[96];

	if (length > sizeof(terminal->edit)) {
		code_describe((uint64_t)__builtin_return_address(0) - 1, where, sizeof(where));
		printk(KERN_ERR "%s: shows an edited line of %zu bytes; %zu is the most\n", where,
		       length, sizeof(terminal->edit));
		return;
	}
	cursor = min(cursor, length);
	touch(text, length);
	lock(terminal);
	pump(terminal);
	if (terminal->edit_shown)
		redraw(terminal, text, length, cursor);
	memcpy(terminal->edit, text, length);
	terminal->edit_length = length;
	terminal->edit_cursor = cursor;
	terminal->edit_shown &= length > 0;
	show_edit(terminal);
	unlock(terminal);
}
EXPORT_SYMBOL(terminal_edit);

void terminal_edit_end(struct terminal *terminal)
{
	lock(terminal);
	show_edit(terminal);
	if (terminal->edit_shown)
		break_line(terminal);
	terminal->edit_shown = false;
	terminal->edit_length = 0;
	unlock(terminal);
}
EXPORT_SYMBOL(terminal_edit_end);

void terminal_drain(struct terminal *terminal)
{
	lock(terminal);
	pump(terminal);
	show_edit(terminal);
	terminal_send(terminal);
	terminal_drain_device(terminal);
	unlock(terminal);
}
EXPORT_SYMBOL(terminal_drain);

void terminals_prepare(void)
{
	for (unsigned id = 0; id < TERMINALS; id++) {
		struct terminal *terminal = &terminals[id];

		mutex_init(&terminal->mutex, "terminal");
		wait_queue_init(&terminal->line_ended);
		terminal_input_init(terminal);
	}
}
