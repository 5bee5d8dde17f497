#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * The shell's grammar, as text to tree:
 *
 *     line = list {(';' | '&') [list]}
 *     list = pipe {('&&' | '||') pipe}
 *     pipe = item {'|' item}
 *     item = {'on' CPU | 'time' | 'repeat' N | 'failnth' N} (command | '{' line '}')
 *            {('>' | '>>' | '<') FILE}
 *
 * ; & && || | { } > >> < need no blanks around them. '...' and "..." quote, also a part of a word;
 * there is no other escape. # begins a comment at the start of a word only. A quoted `on` is a
 * command. Words stay as they were typed until words_expand takes the quotes off and puts the
 * status in for
 * $?, since that changes while the line runs. An empty line is right and has no items. Context:
 * any.
 */
#define WORDS_NONE UINT16_MAX
#define WORDS_DEPTH_MAX 16 /* prefixes and groups inside one another */

enum words_kind {
	WORDS_COMMAND, /* words first_word .. first_word + word_count - 1 */
	WORDS_GROUP,   /* body: its first item, or WORDS_NONE */
	WORDS_ON,      /* body: what runs on CPU `number` */
	WORDS_TIME,    /* body: what is timed */
	WORDS_REPEAT,  /* body: what runs `number` times */
	WORDS_FAIL,    /* body: what runs with its `number`-th operation failing */
};

/* Whether an item runs. One that begins a list always does. */
enum words_when {
	WORDS_ALWAYS,
	WORDS_IF_DONE,	 /* behind &&: what ran last in this list has succeeded */
	WORDS_IF_FAILED, /* behind || */
	WORDS_PIPED, /* behind |: at the same time as the one before it, whose output it reads */
};

struct words_word {
	uint32_t start, length; /* in the text, quotes included */
};

struct words_node {
	enum words_kind kind;
	/* Of an item's outermost node only: */
	enum words_when when;
	bool background; /* `&` follows the list that it begins */
	uint16_t next;	 /* the next item of the same line, or WORDS_NONE */
	uint16_t body;
	uint16_t first_word, word_count;
	/* Of the outermost node only: the words behind `>` or `>>` and behind `<`, or WORDS_NONE.
	 * The file is opened once for all that the item does. */
	uint16_t redirect, input;
	bool append; /* it was >> */
	uint32_t number;
	uint32_t start, length; /* of the item in the text, for messages */
};

/* A parsed line. The caller sets text, length and the two arrays (at most WORDS_NONE long). */
struct words_line {
	const char *text;
	size_t length;
	struct words_node *nodes;
	size_t node_limit;
	struct words_word *words;
	size_t word_limit;

	uint16_t first; /* the first item, or WORDS_NONE */
	uint16_t node_count, word_count;
};

struct words_diag {
	struct words_word word; /* which is to blame, or the character that is */
	const char *what;	/* "unclosed quote" */
};

/* -EINVAL, or -E2BIG when an array or the depth is too small; then @diag says where and what. */
int words_parse(struct words_line *line, struct words_diag *diag) __must_check;
/*
 * What a word means: quotes gone, $? (not inside '...') replaced by @status. Returns the length,
 * like snprintf, and writes a NUL-terminated text of at most @size - 1 characters.
 */
size_t words_expand(const char *text, const struct words_word *word, const char *status,
		    char *buffer, size_t size);

/* Where in an unfinished line the cursor is, for completion. */
struct words_place {
	size_t start;	 /* where the word under the cursor begins; it ends at the cursor */
	bool is_command; /* it is a command's name */
	bool is_file;	 /* it stands behind > or < */
	struct words_word command; /* the command it is an argument of; length 0: none */
};
void words_locate(const char *text, size_t cursor, struct words_place *place);
