/*
 * Formatted text. One walk over the format hands pieces to a sink; snprintf is a sink that counts
 * and keeps what fits. Its one rule: whatever the format and the sizes, the walk ends, reads no
 * argument that the format did not name, and never overflows its count.
 */
#include <lib/format.h>

#include <stdint.h>
#include <string.h>

#include <lib/compiler.h>

#define DIGITS_MAX 22 /* of 2^64 - 1 in octal */

struct spec {
	bool left, plus, blank, zero, alternate;
	int width;
	int precision; /* -1: none */
	char length;   /* 0, 'H' for hh, 'h', 'l', 'q' for ll, 'z', 't', 'j' */
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

static void put_repeated(struct output *output, char character, int count)
{
	char run[16];

	memset(run, character, sizeof(run));
	for (; count > 0; count -= (int)sizeof(run))
		put(output, run, min((size_t)count, sizeof(run)));
}

/* A number with its padding: blanks, prefix, zeros, digits, blanks. */
static void put_number(struct output *output, const struct spec *spec, uint64_t value,
		       unsigned base, const char *prefix)
{
	const char *alphabet = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	char digits[DIGITS_MAX];
	int count = 0, zeros, blanks, prefix_length = (int)strlen(prefix);

	for (uint64_t rest = value; rest > 0; rest /= base)
		digits[DIGITS_MAX - ++count] = alphabet[rest % base];
	zeros = spec->precision < 0 ? (count == 0) : spec->precision - count;
	if (spec->conversion == 'o' && spec->alternate && zeros <= 0)
		zeros = 1;
	zeros = max(zeros, 0);
	blanks = spec->width - prefix_length - zeros - count;
	if (spec->zero && !spec->left && spec->precision < 0 && blanks > 0) {
		zeros += blanks;
		blanks = 0;
	}
	if (!spec->left)
		put_repeated(output, ' ', blanks);
	put(output, prefix, (size_t)prefix_length);
	put_repeated(output, '0', zeros);
	put(output, digits + DIGITS_MAX - count, (size_t)count);
	if (spec->left)
		put_repeated(output, ' ', blanks);
}

static void put_text(struct output *output, const struct spec *spec, const char *text,
		     size_t length)
{
	int blanks = length < (size_t)spec->width ? spec->width - (int)length : 0;

	if (!spec->left)
		put_repeated(output, ' ', blanks);
	put(output, text, length);
	if (spec->left)
		put_repeated(output, ' ', blanks);
}

static int64_t signed_argument(const struct spec *spec, va_list *arguments)
{
	switch (spec->length) {
	case 'H':
		return (signed char)va_arg(*arguments, int);
	case 'h':
		return (short)va_arg(*arguments, int);
	case 0:
		return va_arg(*arguments, int);
	default: /* l ll z t j are all 64 bits on this machine */
		return va_arg(*arguments, int64_t);
	}
}

static uint64_t unsigned_argument(const struct spec *spec, va_list *arguments)
{
	switch (spec->length) {
	case 'H':
		return (unsigned char)va_arg(*arguments, unsigned);
	case 'h':
		return (unsigned short)va_arg(*arguments, unsigned);
	case 0:
		return va_arg(*arguments, unsigned);
	default:
		return va_arg(*arguments, uint64_t);
	}
}

static void put_signed(struct output *output, const struct spec *spec, int64_t value)
{
	const char *sign = value < 0 ? "-" : spec->plus ? "+" : spec->blank ? " " : "";

	put_number(output, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, sign);
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
		put_signed(output, spec, signed_argument(spec, arguments));
		break;
	case 'u':
		put_number(output, spec, unsigned_argument(spec, arguments), 10, "");
		break;
	case 'o':
		put_number(output, spec, unsigned_argument(spec, arguments), 8, "");
		break;
	case 'x':
	case 'X':
		value = unsigned_argument(spec, arguments);
		text = !spec->alternate || value == 0 ? "" : spec->conversion == 'x' ? "0x" : "0X";
		put_number(output, spec, value, 16, text);
		break;
	case 'p':
		put_number(output, spec, (uintptr_t)va_arg(*arguments, void *), 16, "0x");
		break;
	case 'c':
		character = (char)va_arg(*arguments, int);
		put_text(output, spec, &character, 1);
		break;
	case 's':
		text = va_arg(*arguments, const char *);
		text = text ? text : "(NULL)";
		put_text(output, spec, text,
			 spec->precision < 0 ? strlen(text)
					     : strnlen(text, (size_t)spec->precision));
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
	for (;; at++) {
		switch (*at) {
		case '-':
			spec->left = true;
			break;
		case '+':
			spec->plus = true;
			break;
		case ' ':
			spec->blank = true;
			break;
		case '0':
			spec->zero = true;
			break;
		case '#':
			spec->alternate = true;
			break;
		default:
			return at;
		}
	}
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

static const char *read_length(const char *at, struct spec *spec)
{
	if (at[0] == 'h' && at[1] == 'h') {
		spec->length = 'H';
		return at + 2;
	}
	if (at[0] == 'l' && at[1] == 'l') {
		spec->length = 'q';
		return at + 2;
	}
	if (*at != '\0' && strchr("hlztj", *at)) {
		spec->length = *at;
		return at + 1;
	}
	return at;
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
