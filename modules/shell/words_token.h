#pragma once

#include "words.h"

/* Parts of a line, for parsing and for completion alike. Each begins at @at. Context: any. */
bool token_is_special(char character);
/* Past blanks, and past a comment if one begins here: to the end of the text. */
size_t token_skip_blanks(const char *text, size_t length, size_t at);
/* A word: where it ends. False when a quote in it is not closed. */
bool token_read_word(const char *text, size_t length, size_t at, size_t *end);
/* Is the character that stands there the next one too? */
bool token_is_double(const char *text, size_t length, size_t at);
/* A word, a character that is special, or two that belong together. */
struct words_word token_at(const char *text, size_t length, size_t at);

/* A word in front of a command that says how it runs. */
struct words_prefix {
	const char *word;
	enum words_kind kind;
	const char *number; /* what is said when it is missing; NULL: it takes none */
	uint32_t least;
};
/* The one that @word is; NULL: it is none. */
const struct words_prefix *token_prefix(const char *text, const struct words_word *word);
