/*
 * The line editor. Keys become a handful of operations on text and cursor. Its one rule: text is
 * always terminated, printable ASCII, and cursor <= length <= LINE_LENGTH_MAX, after every byte.
 */
#include "lineedit.h"

#include <string.h>

#include <lib/compiler.h>

#define CONTROL(letter) ((letter)&0x1f)
#define ESCAPE 0x1b
#define BACKSPACE 0x7f

void line_start(struct line_edit *line)
{
	line->text[0] = '\0';
	line->length = 0;
	line->cursor = 0;
	line->recalled = 0;
	line->overflowed = false;
}

void line_init(struct line_edit *line, struct line_history *history)
{
	line_start(line);
	line->history = history;
	line->state = LINE_PLAIN;
	line->after_return = false;
}

bool line_insert(struct line_edit *line, const char *text, size_t length)
{
	if (length > LINE_LENGTH_MAX - line->length)
		return false;
	memmove(line->text + line->cursor + length, line->text + line->cursor,
		line->length - line->cursor + 1);
	memcpy(line->text + line->cursor, text, length);
	line->cursor += length;
	line->length += length;
	return true;
}

/* Takes out what stands between @from and @to, and leaves the cursor there. */
static enum line_event cut(struct line_edit *line, size_t from, size_t to)
{
	if (from == to)
		return LINE_UNCHANGED;
	memmove(line->text + from, line->text + to, line->length - to + 1);
	line->length -= to - from;
	line->cursor = from;
	line->overflowed = line->overflowed && line->length > 0;
	return LINE_CHANGED;
}

static enum line_event move(struct line_edit *line, size_t cursor)
{
	if (cursor == line->cursor)
		return LINE_UNCHANGED;
	line->cursor = cursor;
	return LINE_CHANGED;
}

static size_t word_start(const struct line_edit *line)
{
	size_t at = line->cursor;

	while (at > 0 && line->text[at - 1] == ' ')
		at--;
	while (at > 0 && line->text[at - 1] != ' ')
		at--;
	return at;
}

static size_t word_end(const struct line_edit *line)
{
	size_t at = line->cursor;

	while (at < line->length && line->text[at] == ' ')
		at++;
	while (at < line->length && line->text[at] != ' ')
		at++;
	return at;
}

/* Shows the @recalled-th last line of the history, or the draft for 0. */
static enum line_event recall(struct line_edit *line, size_t recalled)
{
	struct line_history *history = line->history;
	const char *text = line->draft;

	if (!history || recalled > history->count || recalled == line->recalled)
		return LINE_UNCHANGED;
	if (line->recalled == 0)
		memcpy(line->draft, line->text, line->length + 1);
	if (recalled > 0) {
		size_t index = history->first + history->count - recalled;

		text = history->lines[index % history->capacity];
	}
	line->recalled = recalled;
	line->length = strnlen(text, LINE_LENGTH_MAX);
	line->cursor = line->length;
	memcpy(line->text, text, line->length);
	line->text[line->length] = '\0';
	return LINE_CHANGED;
}

/* The next older line that has what was typed in it; again and again from there. */
static enum line_event search(struct line_edit *line)
{
	const struct line_history *history = line->history;
	const char *wanted = line->recalled > 0 ? line->draft : line->text;

	for (size_t n = line->recalled + 1; history && n <= history->count; n++) {
		size_t index = history->first + history->count - n;

		if (strstr(history->lines[index % history->capacity], wanted))
			return recall(line, n);
	}
	return LINE_UNCHANGED;
}

#define WITH_CONTROL 5 /* the modifier in ESC [ 1 ; 5 C */

static enum line_event step(struct line_edit *line, char direction)
{
	bool by_word = line->parameter == WITH_CONTROL;

	line->parameter = 0;
	if (by_word && direction == 'C')
		return move(line, word_end(line));
	if (by_word && direction == 'D')
		return move(line, word_start(line));
	switch (direction) {
	case 'A':
		return recall(line, line->recalled + 1);
	case 'B':
		return line->recalled > 0 ? recall(line, line->recalled - 1) : LINE_UNCHANGED;
	case 'C':
		return move(line, min(line->cursor + 1, line->length));
	case 'D':
		return move(line, line->cursor > 0 ? line->cursor - 1 : 0);
	case 'H':
		return move(line, 0);
	case 'F':
		return move(line, line->length);
	default:
		return LINE_UNCHANGED;
	}
}

static enum line_event delete_at_cursor(struct line_edit *line)
{
	return cut(line, line->cursor, min(line->cursor + 1, line->length));
}

static enum line_event end_sequence(struct line_edit *line, char final)
{
	line->state = LINE_PLAIN;
	if (final != '~')
		return step(line, final);
	switch (line->parameter) {
	case 1:
	case 7:
		return step(line, 'H');
	case 3:
		return delete_at_cursor(line);
	case 4:
	case 8:
		return step(line, 'F');
	default:
		return LINE_UNCHANGED;
	}
}

/* Alt and a letter. */
static enum line_event alt_key(struct line_edit *line, unsigned char byte)
{
	switch (byte) {
	case 'b':
		return move(line, word_start(line));
	case 'f':
		return move(line, word_end(line));
	case 'd':
		return cut(line, line->cursor, word_end(line));
	default:
		return LINE_UNCHANGED;
	}
}

/* ESC [ numbers letter, or ESC O letter; of several numbers the last counts. Of what else comes
 * behind ESC alt_key knows some, and the rest is dropped with it. */
static enum line_event sequence_byte(struct line_edit *line, unsigned char byte)
{
	if (line->state == LINE_ESCAPE) {
		line->state = byte == '[' || byte == 'O' ? LINE_SEQUENCE : LINE_PLAIN;
		line->parameter = 0;
		if (line->state == LINE_PLAIN)
			return alt_key(line, byte);
	} else if (byte == ';') {
		line->parameter = 0;
	} else if (byte >= '0' && byte <= '9') {
		line->parameter = min(line->parameter * 10 + (byte - '0'), 1000u);
	} else if (byte >= '@' && byte <= '~') {
		return end_sequence(line, (char)byte);
	} else if (byte > '~') {
		line->state = LINE_PLAIN; /* not a sequence after all */
	}
	return LINE_UNCHANGED;
}

static enum line_event cut_key(struct line_edit *line, unsigned char byte)
{
	switch (byte) {
	case CONTROL('K'):
		return cut(line, line->cursor, line->length);
	case CONTROL('U'):
		return cut(line, 0, line->cursor);
	case CONTROL('W'):
		return cut(line, word_start(line), line->cursor);
	default:
		return LINE_UNCHANGED;
	}
}

static enum line_event control_key(struct line_edit *line, unsigned char byte)
{
	switch (byte) {
	case '\r':
	case '\n':
		return line->overflowed ? LINE_TOO_LONG : LINE_DONE;
	case '\t':
		return LINE_COMPLETE;
	case ESCAPE:
		line->state = LINE_ESCAPE;
		return LINE_UNCHANGED;
	case BACKSPACE:
	case '\b':
		return cut(line, line->cursor > 0 ? line->cursor - 1 : 0, line->cursor);
	case CONTROL('A'):
		return step(line, 'H');
	case CONTROL('B'):
		return step(line, 'D');
	case CONTROL('C'):
		return LINE_INTERRUPT;
	case CONTROL('D'):
		return line->length == 0 ? LINE_END : delete_at_cursor(line);
	case CONTROL('E'):
		return step(line, 'F');
	case CONTROL('F'):
		return step(line, 'C');
	case CONTROL('L'):
		return LINE_CLEAR;
	case CONTROL('N'):
		return step(line, 'B');
	case CONTROL('P'):
		return step(line, 'A');
	case CONTROL('R'):
		return search(line);
	default:
		return cut_key(line, byte);
	}
}

enum line_event line_feed(struct line_edit *line, unsigned char byte)
{
	bool second_half = line->after_return && byte == '\n';
	char character = (char)byte;

	line->after_return = byte == '\r';
	if (second_half)
		return LINE_UNCHANGED;
	/* A control key is one, even in the middle of a sequence that was cut short. */
	if (line->state != LINE_PLAIN && byte >= ' ')
		return sequence_byte(line, byte);
	line->state = LINE_PLAIN;
	line->parameter = 0;
	if (byte < ' ' || byte == BACKSPACE)
		return control_key(line, byte);
	if (byte > '~')
		return LINE_UNCHANGED;
	if (line_insert(line, &character, 1))
		return LINE_CHANGED;
	line->overflowed = true;
	return LINE_UNCHANGED;
}

void line_history_add(struct line_history *history, const char *text)
{
	size_t length = strnlen(text, LINE_LENGTH_MAX), last, place;

	if (length == 0 || history->capacity == 0)
		return;
	last = (history->first + history->count + history->capacity - 1) % history->capacity;
	if (history->count > 0 && strcmp(history->lines[last], text) == 0)
		return;
	place = (last + 1) % history->capacity;
	if (history->count < history->capacity)
		history->count++;
	else
		history->first = (history->first + 1) % history->capacity;
	memcpy(history->lines[place], text, length);
	history->lines[place][length] = '\0';
}

void line_completion_add(struct line_completion *completion, const char *prefix,
			 const char *candidate)
{
	size_t length = strnlen(candidate, LINE_LENGTH_MAX), same = 0;

	if (strncmp(candidate, prefix, strlen(prefix)) != 0)
		return;
	if (completion->count++ == 0) {
		memcpy(completion->common, candidate, length);
		completion->length = length;
	} else {
		while (same < completion->length && completion->common[same] == candidate[same])
			same++;
		completion->length = same;
	}
	completion->common[completion->length] = '\0';
}
