/*
 * Formatted text. One walk over the format hands pieces to a sink; snprintf is a sink that counts
 * and keeps what fits. Its one rule: whatever the format and the sizes, the walk ends, reads no
 * argument that the format did not name, and never overflows its count.
 */
#include <lib/format.h>

#include <stdint.h>
#include <string.h>

#define DIGITS_MAX 22 /* of 2^64 - 1 in octal */
#define TEXT_MAX 80   /* bytes of a text that %pT shows */

struct spec {
	bool left, zero, alternate;
	char text; /* %pE or %pT: E or T, else 0 */
	char sign; /* '+', ' ' or 0: in front of what is not negative */
	int width;
	int precision;	/* -1: none */
	unsigned bytes; /* of an integer argument */
	char conversion;
};

struct output {
	struct format_sink *sink;
	size_t total;
};

static void put(struct output *output, const char *text, size_t length)
{
	if (length == 0)
		return;
	output->total += length;
	output->sink->put(output->sink, text, length);
}

static void put_repeated(struct output *output, const char *character, int count)
{
	for (; count > 0; count--)
		put(output, character, 1);
}

/* Blanks, prefix, zeros, text, blanks. */
static void put_padded(struct output *output, const struct spec *spec, const char *prefix,
		       int zeros, const char *text, size_t length)
{
	size_t used = strlen(prefix) + (size_t)zeros + length;
	int blanks = used < (size_t)spec->width ? spec->width - (int)used : 0;

	put_repeated(output, " ", spec->left ? 0 : blanks);
	put(output, prefix, strlen(prefix));
	put_repeated(output, "0", zeros);
	put(output, text, length);
	put_repeated(output, " ", spec->left ? blanks : 0);
}

static void put_number(struct output *output, const struct spec *spec, uint64_t value,
		       unsigned base, const char *prefix)
{
	const char *alphabet = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[DIGITS_MAX];
	int count = 0, zeros;

	for (uint64_t rest = value; rest > 0; rest /= base)
		digits[DIGITS_MAX - ++count] = alphabet[rest % base];
	zeros = max(spec->precision < 0 ? count == 0 : spec->precision - count, 0);
	if (spec->conversion == 'o' && spec->alternate && zeros == 0)
		zeros = 1;
	if (spec->zero && !spec->left && spec->precision < 0)
		zeros = max(zeros, spec->width - (int)strlen(prefix) - count);
	put_padded(output, spec, prefix, zeros, digits + DIGITS_MAX - count, (size_t)count);
}

/* Narrow ones are promoted when they are passed, and cut again here. */
static uint64_t integer_argument(const struct spec *spec, va_list *arguments)
{
	unsigned unused = 64 - 8 * spec->bytes;
	uint64_t value =
	    spec->bytes == 8 ? va_arg(*arguments, uint64_t) : va_arg(*arguments, unsigned);

	if (spec->conversion == 'd' || spec->conversion == 'i')
		return (uint64_t)((int64_t)(value << unused) >> unused);
	return value << unused >> unused;
}

static void put_signed(struct output *output, const struct spec *spec, int64_t value)
{
	const char sign[2] = {value < 0 ? '-' : spec->sign, '\0'};

	put_number(output, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, sign);
}

static void put_escaped(struct output *output, const char *text, size_t most)
{
	text = text ? text : "(NULL)";
	for (size_t left = min(strlen(text), most); left > 0;) {
		char escaped[ESCAPE_MAX];
		size_t written, taken = escape_step(text, left, escaped, &written);

		put(output, escaped, written);
		text += taken;
		left -= taken;
	}
	if (*text != '\0')
		put(output, "...", 3);
}

static void put_pointer(struct output *output, const struct spec *spec, const char *pointer)
{
	if (spec->text)
		put_escaped(output, pointer, spec->text == 'T' ? TEXT_MAX : SIZE_MAX);
	else
		put_number(output, spec, (uintptr_t)pointer, 16, "0x");
}

static void put_text(struct output *output, const struct spec *spec, const char *text)
{
	size_t most = spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision;

	text = text ? text : "(NULL)";
	put_padded(output, spec, "", 0, text, strnlen(text, most));
}

static void put_conversion(struct output *output, const struct spec *spec, va_list *arguments,
			   const char *from, const char *end)
{
	const char *text;
	uint64_t value;
	char character;

	switch (spec->conversion) {
	case 'd':
	case 'i':
		put_signed(output, spec, (int64_t)integer_argument(spec, arguments));
		break;
	case 'u':
		put_number(output, spec, integer_argument(spec, arguments), 10, "");
		break;
	case 'o':
		put_number(output, spec, integer_argument(spec, arguments), 8, "");
		break;
	case 'x':
	case 'X':
		value = integer_argument(spec, arguments);
		text = spec->conversion == 'x' ? "0x" : "0X";
		put_number(output, spec, value, 16, spec->alternate && value != 0 ? text : "");
		break;
	case 'p':
		put_pointer(output, spec, va_arg(*arguments, const char *));
		break;
	case 'c':
		character = (char)va_arg(*arguments, int);
		put_padded(output, spec, "", 0, &character, 1);
		break;
	case 's':
		put_text(output, spec, va_arg(*arguments, const char *));
		break;
	case '%':
		put(output, "%", 1);
		break;
	default:
		put(output, from, (size_t)(end - from));
		break;
	}
}

static const char *read_flags(const char *at, struct spec *spec)
{
	for (; *at != '\0' && strchr("-0#+ ", *at); at++) {
		spec->left |= *at == '-';
		spec->zero |= *at == '0';
		spec->alternate |= *at == '#';
		if (*at == '+' || (*at == ' ' && spec->sign == 0))
			spec->sign = *at;
	}
	return at;
}

/* A width or a precision. What no text could need is cut, so that sums of them fit an int. */
static const char *read_number(const char *at, int *number, va_list *arguments)
{
	const int limit = 1 << 24;
	int value = 0;

	if (*at == '*') {
		value = va_arg(*arguments, int);
		*number = max(min(value, limit), -limit);
		return at + 1;
	}
	for (; *at >= '0' && *at <= '9'; at++)
		value = min(value * 10 + (*at - '0'), limit);
	*number = value;
	return at;
}

/* h hh, or l ll z t j, which all are 64 bits on this machine. */
static const char *read_length(const char *at, struct spec *spec)
{
	size_t narrow = strspn(at, "h"), wide = strspn(at, "lztj");

	spec->bytes = wide > 0 ? 8 : sizeof(int) >> min(narrow, (size_t)2);
	return at + narrow + wide;
}

static const char *read_spec(const char *at, struct spec *spec, va_list *arguments)
{
	*spec = (struct spec){.precision = -1};
	at = read_flags(at, spec);
	at = read_number(at, &spec->width, arguments);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*at == '.')
		at = read_number(at + 1, &spec->precision, arguments);
	spec->precision = max(spec->precision, -1);
	at = read_length(at, spec);
	spec->conversion = *at;
	if (at[0] == 'p' && (at[1] == 'E' || at[1] == 'T'))
		spec->text = *++at;
	return *at == '\0' ? at : at + 1;
}

int format_to(struct format_sink *sink, const char *format, va_list arguments)
{
	struct output output = {.sink = sink};
	const char *at = format;
	va_list rest;

	va_copy(rest, arguments);
	while (*at != '\0') {
		const char *percent = at + strcspn(at, "%");
		struct spec spec;

		put(&output, at, (size_t)(percent - at));
		if (*percent == '\0')
			break;
		at = read_spec(percent + 1, &spec, &rest);
		put_conversion(&output, &spec, &rest, percent, at);
	}
	va_end(rest);
	return (int)min(output.total, (size_t)INT32_MAX);
}

struct buffer_sink {
	struct format_sink sink;
	char *buffer;
	size_t left; /* the place of the NUL included: at least 1 */
};

static void buffer_put(struct format_sink *sink, const char *text, size_t length)
{
	struct buffer_sink *to = container_of(sink, struct buffer_sink, sink);
	size_t fits = min(length, to->left - 1);

	memcpy(to->buffer, text, fits);
	to->buffer += fits;
	to->left -= fits;
}

int format_text_v(char *buffer, size_t size, const char *format, va_list arguments)
{
	char none;
	struct buffer_sink to = {{buffer_put}, size > 0 ? buffer : &none, size > 0 ? size : 1};
	int length = format_to(&to.sink, format, arguments);

	*to.buffer = '\0';
	return length;
}

int format_text(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_text_v(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}
