/*
 * Words as they are meant: quotes off, the status put in. The rule: a quote that words_parse has
 * let pass is closed, so that a word ends with none open.
 */
#include "words.h"

#include <string.h>

#include <lib/compiler.h>

struct expansion {
	char *buffer;
	size_t size, length;
};

static void expand_by(struct expansion *expansion, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++, expansion->length++) {
		if (expansion->length + 1 < expansion->size)
			expansion->buffer[expansion->length] = text[i];
	}
}

size_t words_expand(const char *text, const struct words_word *word, const char *status,
		    char *buffer, size_t size)
{
	struct expansion expansion = {.buffer = buffer, .size = size};
	const char *at = text + word->start, *end = at + word->length;
	char quote = '\0';

	for (; at < end; at++) {
		bool is_quote = *at == '\'' || *at == '"';

		if (is_quote && quote == '\0') {
			quote = *at;
		} else if (quote != '\0' && *at == quote) {
			quote = '\0';
		} else if (quote != '\'' && *at == '$' && end - at > 1 && at[1] == '?') {
			expand_by(&expansion, status, strlen(status));
			at++;
		} else {
			expand_by(&expansion, at, 1);
		}
	}
	if (size > 0)
		buffer[min(expansion.length, size - 1)] = '\0';
	return expansion.length;
}
