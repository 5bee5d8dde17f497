/*
 * Basic regular expressions. A pattern is matched where it stands, with one step back for each
 * repetition: the cost is bounded by the line's length to the number of stars, so the number of
 * stars is bounded.
 */
#include <string.h>

#include "text.h"

#define STARS_MOST 8

static char folded(char character, bool fold)
{
	return fold && character >= 'A' && character <= 'Z' ? (char)(character + 'a' - 'A')
							    : character;
}

/* Where the item that begins at @pattern ends; NULL: a [ or a \ that does not. */
static const char *item_end(const char *pattern)
{
	if (*pattern == '\\')
		return pattern[1] ? pattern + 2 : NULL;
	if (*pattern != '[')
		return pattern + 1;
	pattern += pattern[1] == '^' ? 2 : 1;
	if (*pattern == ']')
		pattern++;
	pattern = strchr(pattern, ']');
	return pattern ? pattern + 1 : NULL;
}

bool pattern_is_right(const char *pattern)
{
	unsigned stars = 0;

	while (pattern && *pattern) {
		pattern = item_end(pattern);
		if (pattern && *pattern == '*') {
			stars++;
			pattern++;
		}
	}
	return pattern && stars <= STARS_MOST;
}

static bool in_set(const char *set, const char *end, char character, bool fold)
{
	bool inverted = *set == '^';
	bool found = false;

	set += inverted ? 1 : 0;
	for (const char *at = set; at < end; at++) {
		char low = folded(*at, fold), high = low;

		if (end - at > 2 && at[1] == '-') {
			high = folded(at[2], fold);
			at += 2;
		}
		found = found || (character >= low && character <= high);
	}
	return found != inverted;
}

static bool item_matches(const char *item, const char *end, char character, bool fold)
{
	character = folded(character, fold);
	if (*item == '[')
		return in_set(item + 1, end - 1, character, fold);
	if (*item == '.')
		return true;
	return folded(*item == '\\' ? item[1] : *item, fold) == character;
}

static bool matches_here(const char *pattern, const char *line, bool fold)
{
	while (*pattern) {
		const char *end = item_end(pattern);

		if (*pattern == '$' && pattern[1] == '\0')
			return *line == '\0';
		if (*end == '*') {
			const char *most = line;

			while (*most && item_matches(pattern, end, *most, fold))
				most++;
			for (; most >= line; most--)
				if (matches_here(end + 1, most, fold))
					return true;
			return false;
		}
		if (*line == '\0' || !item_matches(pattern, end, *line, fold))
			return false;
		pattern = end;
		line++;
	}
	return true;
}

bool pattern_matches(const char *pattern, const char *line, bool fold)
{
	if (*pattern == '^')
		return matches_here(pattern + 1, line, fold);
	for (;; line++) {
		if (matches_here(pattern, line, fold))
			return true;
		if (*line == '\0')
			return false;
	}
}
