/*
 * What the shell's grammar is made of: words, characters that are special, and the words that stand
 * in front of a command and say how it runs.
 */
#include "words_token.h"

#include <string.h>

static bool is_blank(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

bool token_is_special(char character)
{
	return character == ';' || character == '&' || character == '{' || character == '}' ||
	       character == '>' || character == '<' || character == '|';
}

size_t token_skip_blanks(const char *text, size_t length, size_t at)
{
	while (at < length && is_blank(text[at]))
		at++;
	return at < length && text[at] == '#' ? length : at;
}

bool token_read_word(const char *text, size_t length, size_t at, size_t *end)
{
	char quote = '\0';

	for (; at < length; at++) {
		char character = text[at];

		if (quote != '\0')
			quote = character == quote ? '\0' : quote;
		else if (character == '\'' || character == '"')
			quote = character;
		else if (is_blank(character) || token_is_special(character))
			break;
	}
	*end = at;
	return quote == '\0';
}

static bool word_is(const char *text, const struct words_word *word, const char *keyword)
{
	return word->length == strlen(keyword) &&
	       memcmp(text + word->start, keyword, word->length) == 0;
}

bool token_is_double(const char *text, size_t length, size_t at)
{
	return length - at > 1 && text[at] == text[at + 1];
}

struct words_word token_at(const char *text, size_t length, size_t at)
{
	size_t end = at + 1;

	if (!token_is_special(text[at]))
		token_read_word(text, length, at, &end);
	else if (strchr("&|>", text[at]) && token_is_double(text, length, at))
		end++;
	return (struct words_word){(uint32_t)at, (uint32_t)(end - at)};
}

static const struct words_prefix prefixes[] = {
    {"on", WORDS_ON, "on: which CPU?", 0},
    {"time", WORDS_TIME, NULL, 0},
    {"repeat", WORDS_REPEAT, "repeat: how often?", 0},
    {"failnth", WORDS_FAIL, "usage: failnth N COMMAND", 1},
};

const struct words_prefix *token_prefix(const char *text, const struct words_word *word)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (word_is(text, word, prefixes[i].word))
			return &prefixes[i];
	return NULL;
}
