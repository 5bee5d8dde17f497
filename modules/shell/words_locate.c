/*
 * Where in an unfinished line the cursor is. Nothing is parsed: what a word is follows from what
 * stands in front of it.
 */
#include <string.h>

#include "words_token.h"

/* What a word is, by what stands in front of it. */
enum role { ROLE_COMMAND, ROLE_NUMBER, ROLE_ARGUMENT, ROLE_FILE };

static enum role role_after_word(const char *text, const struct words_word *word, enum role role,
				 struct words_word *command)
{
	const struct words_prefix *prefix = token_prefix(text, word);

	if (role == ROLE_NUMBER)
		return ROLE_COMMAND;
	if (role != ROLE_COMMAND)
		return ROLE_ARGUMENT;
	if (prefix)
		return prefix->number ? ROLE_NUMBER : ROLE_COMMAND;
	*command = *word;
	return ROLE_ARGUMENT;
}

void words_locate(const char *text, size_t cursor, struct words_place *place)
{
	struct words_word command = {0}, word = {0};
	enum role role = ROLE_COMMAND;
	size_t at = 0, end = 0;

	for (;;) {
		at = token_skip_blanks(text, cursor, at);
		if (at < cursor && token_is_special(text[at])) {
			role = strchr("<>", text[at]) ? ROLE_FILE : ROLE_COMMAND;
			at++;
			continue;
		}
		if (at < cursor)
			token_read_word(text, cursor, at, &end);
		if (at == cursor || end == cursor)
			break;
		word = (struct words_word){(uint32_t)at, (uint32_t)(end - at)};
		role = role_after_word(text, &word, role, &command);
		at = end;
	}
	*place = (struct words_place){
	    .start = at,
	    .is_command = role == ROLE_COMMAND,
	    .is_file = role == ROLE_FILE,
	};
	if (role == ROLE_ARGUMENT)
		place->command = command;
}
