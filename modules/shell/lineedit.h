#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Editing one line, with history and the hooks of completion. A pure state machine: bytes that a
 * terminal sends go in, the text and the cursor change; the code that shows the line looks at them.
 * Text is printable ASCII: bytes from 0x80 are ignored. Context: any.
 *
 * Keys: cursor keys, Home, End, Delete, Backspace; ^A ^E begin, end; ^B ^F left, right; ^D delete;
 * ^K ^U cut behind, before the cursor; ^W cut the word before it; ^P ^N up, down; ^L clear the
 * screen. Alt-B Alt-F, or Ctrl with the cursor keys, left, right by a word; Alt-D cut the word
 * behind the cursor; ^R the next older line that has in it what was typed.
 */
#define LINE_LENGTH_MAX 511

enum line_event {
	LINE_UNCHANGED, /* nothing to show */
	LINE_CHANGED,	/* text or cursor changed */
	LINE_DONE,	/* Enter: the text is the line; line_start begins the next one */
	LINE_INTERRUPT, /* ^C */
	LINE_END,	/* ^D on an empty line */
	LINE_COMPLETE,	/* Tab: see words_locate */
	LINE_TOO_LONG,	/* Enter, and characters had no room: not to be run as it is */
	LINE_CLEAR,	/* ^L: clear the screen and show the line again */
};

/* The last lines, newest last. The caller supplies @lines; `first` and `count` start as 0. */
struct line_history {
	char (*lines)[LINE_LENGTH_MAX + 1];
	size_t capacity;
	size_t first, count;
};

struct line_edit {
	char text[LINE_LENGTH_MAX + 1]; /* NUL-terminated */
	size_t length, cursor;
	bool overflowed;		 /* a character had no room */
	struct line_history *history;	 /* NULL: none */
	size_t recalled;		 /* 0: the line is new; n: the n-th last of the history */
	char draft[LINE_LENGTH_MAX + 1]; /* the new line while an old one is shown */
	enum { LINE_PLAIN, LINE_ESCAPE, LINE_SEQUENCE } state;
	unsigned parameter;
	bool after_return; /* a line feed right behind a carriage return is one Enter */
};

void line_init(struct line_edit *line, struct line_history *history);
/* Empties the line for the next one. */
void line_start(struct line_edit *line);
enum line_event line_feed(struct line_edit *line, unsigned char byte);
/* Inserts text (not a part of the line itself) at the cursor; false, and nothing is changed, when
 * it does not fit. */
bool line_insert(struct line_edit *line, const char *text, size_t length);
/* Remembers a line; empty ones and one equal to the last are left out. */
void line_history_add(struct line_history *history, const char *text);

/* What all candidates of a completion have in common. Zero-initialise. */
struct line_completion {
	size_t count;
	size_t length; /* of the common prefix */
	char common[LINE_LENGTH_MAX + 1];
};
/* @candidate counts when it begins with @prefix. */
void line_completion_add(struct line_completion *completion, const char *prefix,
			 const char *candidate);
