/*
 * Text that others wrote, made safe for a terminal, and the UTF-8 that may stay in it. Its one
 * rule: no byte below 0x20, no 0x7f, no C1 control in whatever encoding, and no character that
 * turns the direction of text gets through.
 */
#include <lib/format.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <lib/compiler.h>

/* The ones that the first byte begins with are the length. A longer form than a character needs is
 * none (Unicode 15, table 3-7), and neither are surrogates and what is beyond the last character.
 */
size_t utf8_decode(const char *text, size_t length, uint32_t *code_point)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t value = length > 0 ? (uint8_t)text[0] : 0;
	size_t count = 1;

	if (value >= 0x80) {
		count = (size_t)__builtin_clz(~(value << 24));
		value &= 0x7fu >> count;
		if (count == 1)
			return 0; /* a byte from the middle of one */
	}
	if (count > length || count >= ARRAY_SIZE(least))
		return 0;
	for (size_t i = 1; i < count; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (text[i] & 0x3f);
	}
	if (value < least[count] || value > 0x10ffff || value >> 11 == 0xd800 >> 11)
		return 0;
	*code_point = value;
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
