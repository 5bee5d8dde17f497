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

int parse_integer(const char *text, size_t length, int64_t min, uint64_t max, uint64_t *value)
{
	bool negative = min < 0 && length > 0 && text[0] == '-';
	size_t sign = negative || (length > 0 && text[0] == '+');
	uint64_t magnitude;
	int error = parse_magnitude(text + sign, length - sign, &magnitude);

	if (error)
		return error;
	if (negative ? magnitude > 0 - (uint64_t)min
		     : magnitude > max || (min > 0 && magnitude < (uint64_t)min))
		return -ERANGE;
	*value = negative ? 0 - magnitude : magnitude;
	return 0;
}

int parse_bool(const char *text, size_t length, bool *value)
{
	static const char *const words[] = {"0", "n", "N", "false", "off",
					    "1", "y", "Y", "true",  "on"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0) {
			*value = i >= ARRAY_SIZE(words) / 2;
			return 0;
		}
	}
	return -EINVAL;
}

bool cmdline_has(const char *cmdline, const char *word)
{
	const char *at = cmdline + strspn(cmdline, " \t");

	while (*at != '\0') {
		size_t length = strcspn(at, " \t");

		if (length == strlen(word) && memcmp(at, word, length) == 0)
			return true;
		at += length;
		at += strspn(at, " \t");
	}
	return false;
}
