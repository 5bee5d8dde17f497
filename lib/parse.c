/*
 * Strict integers and booleans, and the words of the kernel's command line. Its one rule: a text is
 * taken whole or not at all.
 */
#include <lib/parse.h>

#include <string.h>

#include <lib/errno.h>

/* 16 for anything that is no digit at all. */
static unsigned digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return (unsigned)(digit - '0');
	if (digit >= 'a' && digit <= 'f')
		return (unsigned)(digit - 'a') + 10;
	if (digit >= 'A' && digit <= 'F')
		return (unsigned)(digit - 'A') + 10;
	return 16;
}

/* Digits with their prefix. Malformed wins over too large: every digit is looked at. */
static int parse_magnitude(const char *text, size_t length, uint64_t *value)
{
	uint64_t result = 0;
	unsigned base = 10;
	bool overflow = false;

	if (length > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
		length -= 2;
	} else if (length > 1 && text[0] == '0') {
		base = 8;
	}
	if (length == 0)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		unsigned digit = digit_value(text[i]);

		if (digit >= base)
			return -EINVAL;
		overflow |= __builtin_mul_overflow(result, base, &result);
		overflow |= __builtin_add_overflow(result, digit, &result);
	}
	*value = result;
	return overflow ? -ERANGE : 0;
}

int parse_u64(const char *text, size_t length, uint64_t min, uint64_t max, uint64_t *value)
{
	size_t sign = length > 0 && text[0] == '+';
	uint64_t result;
	int error = parse_magnitude(text + sign, length - sign, &result);

	if (error)
		return error;
	if (result < min || result > max)
		return -ERANGE;
	*value = result;
	return 0;
}

int parse_s64(const char *text, size_t length, int64_t min, int64_t max, int64_t *value)
{
	bool negative = length > 0 && text[0] == '-';
	size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
	uint64_t magnitude;
	int64_t result;
	int error = parse_magnitude(text + sign, length - sign, &magnitude);

	if (error)
		return error;
	if (magnitude > (uint64_t)INT64_MAX + negative)
		return -ERANGE;
	result = (int64_t)(negative ? 0 - magnitude : magnitude);
	if (result < min || result > max)
		return -ERANGE;
	*value = result;
	return 0;
}

int parse_bool(const char *text, size_t length, bool *value)
{
	static const struct {
		const char *text;
		bool value;
	} words[] = {
	    {"1", true},  {"y", true},	{"Y", true},  {"true", true},	{"on", true},
	    {"0", false}, {"n", false}, {"N", false}, {"false", false}, {"off", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i].text) == length && memcmp(words[i].text, text, length) == 0) {
			*value = words[i].value;
			return 0;
		}
	}
	return -EINVAL;
}

/* The next word at or behind @text; its length, 0 at the end. */
static size_t cmdline_word(const char *text, const char **word)
{
	*word = text + strspn(text, " \t");
	return strcspn(*word, " \t");
}

bool cmdline_has(const char *cmdline, const char *word)
{
	size_t length, wanted = strlen(word);
	const char *at;

	for (; (length = cmdline_word(cmdline, &at)) > 0; cmdline = at + length) {
		if (length == wanted && memcmp(at, word, length) == 0)
			return true;
	}
	return false;
}
