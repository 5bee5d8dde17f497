/*
 * Text that others wrote, made safe for a terminal, and the UTF-8 that may stay in it. Its one
 * rule: no byte below 0x20, no 0x7f, no C1 control in whatever encoding, and no character that
 * turns the direction of text gets through.
 */
#include <lib/format.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Unicode 15, table 3-7: the first byte tells the length and what the second may be. */
static size_t utf8_length(uint8_t first, uint8_t *low, uint8_t *high)
{
	*low = 0x80;
	*high = 0xbf;
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef) {
		*low = first == 0xe0 ? 0xa0 : 0x80;
		*high = first == 0xed ? 0x9f : 0xbf;
		return 3;
	}
	if (first >= 0xf0 && first <= 0xf4) {
		*low = first == 0xf0 ? 0x90 : 0x80;
		*high = first == 0xf4 ? 0x8f : 0xbf;
		return 4;
	}
	return 0;
}

size_t utf8_decode(const char *text, size_t length, uint32_t *code_point)
{
	static const uint8_t first_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const uint8_t *bytes = (const uint8_t *)text;
	uint8_t low, high;
	size_t count;

	if (length == 0)
		return 0;
	count = utf8_length(bytes[0], &low, &high);
	if (count == 0 || count > length)
		return 0;
	*code_point = bytes[0] & first_bits[count];
	for (size_t i = 1; i < count; i++) {
		if (bytes[i] < low || bytes[i] > high)
			return 0;
		*code_point = *code_point << 6 | (bytes[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	return count;
}

/* Unicode 15, PropList.txt: Bidi_Control. */
static bool is_bidi_control(uint32_t c)
{
	return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

size_t escape_step(const char *text, size_t length, char escaped[ESCAPE_MAX], size_t *written)
{
	static const char digits[] = "0123456789abcdef";
	uint32_t code_point;
	size_t count = utf8_decode(text, length, &code_point);
	uint8_t byte = (uint8_t)text[0];

	if (count > 0 && !is_bidi_control(code_point) &&
	    (code_point >= 0xa0 || (code_point >= ' ' && code_point < 0x7f))) {
		memcpy(escaped, text, count);
		*written = count;
		return count;
	}
	escaped[0] = '\\';
	escaped[1] = 'x';
	if (byte == '\n')
		escaped[1] = 'n';
	else if (byte == '\t')
		escaped[1] = 't';
	escaped[2] = digits[byte >> 4];
	escaped[3] = digits[byte & 15];
	*written = escaped[1] == 'x' ? 4 : 2;
	return 1;
}

size_t escape_text(char *buffer, size_t size, const char *text, size_t length)
{
	size_t total = 0, kept = 0;

	while (length > 0) {
		char escaped[ESCAPE_MAX];
		size_t written, taken = escape_step(text, length, escaped, &written);

		/* Once a piece did not fit, none that follows is kept: the text is cut, not holed.
		 */
		if (kept == total && size > 0 && written <= size - 1 - kept) {
			memcpy(buffer + kept, escaped, written);
			kept += written;
		}
		total += written;
		text += taken;
		length -= taken;
	}
	if (size > 0)
		buffer[kept] = '\0';
	return total;
}
