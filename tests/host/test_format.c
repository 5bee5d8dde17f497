/* format_text against the host's snprintf, and text made safe for terminals. */
#include "test.h"

#include <stdio.h>

#include <lib/format.h>

/* Formats that the compiler would complain about are what is tested: these have no format
 * attribute. */
static int (*volatile own_format)(char *, size_t, const char *, ...) = format_text;
static int (*volatile host_format)(char *, size_t, const char *, ...) = snprintf;

/* The same text, length and cut as the host's, at sizes around the length. */
#define CHECK_SAME(...)                                                                            \
	do {                                                                                       \
		char own[80], host[80];                                                            \
		int length = host_format(NULL, 0, __VA_ARGS__);                                    \
		CHECK_EQ(own_format(NULL, 0, __VA_ARGS__), length);                                \
		for (int size = length; size <= length + 2 && size < 80; size++) {                 \
			memset(own, '~', sizeof(own));                                             \
			memset(host, '~', sizeof(host));                                           \
			CHECK_EQ(own_format(own, (size_t)size, __VA_ARGS__), length);              \
			host_format(host, (size_t)size, __VA_ARGS__);                              \
			CHECK_BYTES(own, host, sizeof(own));                                       \
			if (memcmp(own, host, sizeof(own)) != 0)                                   \
				test_fail(__FILE__, __LINE__, "%.70s, expected %.70s", own, host); \
		}                                                                                  \
	} while (0)

TEST(format_integers)
{
	static const long long values[] = {0,	1,   -1,	7,	   42,	      -42,
					   255, 256, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		long long v = values[i];

		CHECK_SAME("%d|%i|%u|%x", (int)v, (int)v, (unsigned)v, (unsigned)v);
		CHECK_SAME("%lld|%llu", v, v);
		CHECK_SAME("%llx|%llX|%llo", v, v, v);
		CHECK_SAME("%#llx|%#llo|%#llX", v, v, v);
		CHECK_SAME("%ld|%zu|%td|%jd", (long)v, (size_t)v, (ptrdiff_t)v, (intmax_t)v);
		CHECK_SAME("%hd|%hhd|%hu|%hhu|%hhx", (int)v, (int)v, (int)v, (int)v, (int)v);
	}
}

TEST(format_flags_width_precision)
{
	CHECK_SAME("[%5d][%-5d][%05d]", 42, 42, 42);
	CHECK_SAME("[%+d][% d][%+d][% d]", 42, 42, -42, -42);
	CHECK_SAME("[%+5d][%-+5d][%+05d]", 42, 42, 42);
	CHECK_SAME("[%.3d][%5.3d][%-5.3d][%05.3d]", 7, 7, 7, 7);
	CHECK_SAME("[%.0d][%.0x][%#.0o][%5.0d][%05.0d]", 0, 0, 0, 0, 7);
	CHECK_SAME("[%.d][%.0d]", 0, 1);
	CHECK_SAME("[%#x][%#o][%#8x][%#08x][%-#8x]", 0, 0, 255, 255, 255);
	CHECK_SAME("[%#.3o][%#.1o]", 8, 8);
	CHECK_SAME("[%*d][%-*d][%*d]", 5, 1, 5, 2, -5, 3);
	CHECK_SAME("[%.*d][%.*d]", 3, 1, -1, 2);
	CHECK_SAME("[%25d]", 1);
	CHECK_SAME("[%040d]", -1);
	CHECK_SAME("[%.40d]", 1);
}

TEST(format_text_and_characters)
{
	const char open[] = {'a', 'b', 'c'}; /* not terminated: only a precision saves it */

	CHECK_SAME("%s|%5s|%-5s|%.2s|%5.1s|%.0s|", "abc", "abc", "abc", "abc", "abc", "abc");
	CHECK_SAME("%.*s|%.3s", 2, open, open);
	CHECK_SAME("%c|%3c|%-3c|", 'x', 'y', 'z');
	CHECK_SAME("%%|100%%");
	CHECK_SAME("plain");
	CHECK_SAME("%s", "");
	CHECK_SAME("%.20s|", "abc");
}

TEST(format_own_ways)
{
	char buffer[40];

	CHECK_EQ(own_format(buffer, sizeof(buffer), "%p %p", (void *)0xabcdef, NULL), 12);
	CHECK_STR(buffer, "0xabcdef 0x0");
	CHECK_EQ(own_format(buffer, sizeof(buffer), "%s", (char *)NULL), 6);
	CHECK_STR(buffer, "(NULL)");
	CHECK_EQ(own_format(buffer, sizeof(buffer), "<%pE|%pE>", "a\nb", "\xe2\x80\xae"), 19);
	CHECK_STR(buffer, "<a\\nb|\\xe2\\x80\\xae>");
	CHECK_EQ(own_format(buffer, sizeof(buffer), "<%pT>", "a\nb"), 6);
	CHECK_STR(buffer, "<a\\nb>");
	CHECK_EQ(own_format(buffer, sizeof(buffer), "%pE", NULL), 6);
	CHECK_STR(buffer, "(NULL)");
	own_format(buffer, sizeof(buffer), "%y|%");
	CHECK_STR(buffer, "%y|%");
	own_format(buffer, sizeof(buffer), "%5");
	CHECK_STR(buffer, "%5");
	own_format(buffer, 1, "abc");
	CHECK_STR(buffer, "");
}

/* Numbers no text could need are cut at 2^24; their sum stays an int. */
TEST(format_absurd_widths)
{
	CHECK_EQ(own_format(NULL, 0, "%99999999999999999999d", 1), 1 << 24);
	CHECK_EQ(own_format(NULL, 0, "%*d", INT32_MIN, 1), 1 << 24);
	CHECK_EQ(own_format(NULL, 0, "%.*d", INT32_MIN, 1), 1);
	CHECK_EQ(own_format(NULL, 0, "%.99999999999d", 1), 1 << 24);
}

static const char *escaped(const char *text, size_t length)
{
	static char buffer[80];
	size_t whole = escape_text(buffer, sizeof(buffer), text, length);

	CHECK_EQ(whole, strlen(buffer));
	CHECK_EQ(escape_text(NULL, 0, text, length), whole);
	return buffer;
}

TEST(escape_controls)
{
	CHECK_STR(escaped("plain ~!", 8), "plain ~!");
	CHECK_STR(escaped("a\nb\tc", 5), "a\\nb\\tc");
	CHECK_STR(escaped("\033[2J\r\b", 6), "\\x1b[2J\\x0d\\x08");
	CHECK_STR(escaped("\0\x01\x1f\x20\x7e\x7f", 6), "\\x00\\x01\\x1f ~\\x7f");
	CHECK_STR(escaped("", 0), "");
}

/* Text reads in the order in which it stands: no character that turns its direction stays. */
TEST(escape_bidi_controls)
{
	static const struct {
		const char *raw, *shown;
	} cases[] = {
	    {"\xd8\x9c", "\\xd8\\x9c"},		      /* U+061C */
	    {"\xe2\x80\x8e", "\\xe2\\x80\\x8e"},      /* U+200E */
	    {"\xe2\x80\x8f", "\\xe2\\x80\\x8f"},      /* U+200F */
	    {"\xe2\x80\xaa", "\\xe2\\x80\\xaa"},      /* U+202A */
	    {"\xe2\x80\xae", "\\xe2\\x80\\xae"},      /* U+202E */
	    {"\xe2\x81\xa6", "\\xe2\\x81\\xa6"},      /* U+2066 */
	    {"\xe2\x81\xa9", "\\xe2\\x81\\xa9"},      /* U+2069 */
	    {"\xe2\x80\x8d", "\xe2\x80\x8d"},	      /* U+200D, their neighbours stay */
	    {"\xe2\x80\x90", "\xe2\x80\x90"},	      /* U+2010 */
	    {"\xe2\x80\xa9", "\xe2\x80\xa9"},	      /* U+2029 */
	    {"\xe2\x80\xaf", "\xe2\x80\xaf"},	      /* U+202F */
	    {"\xe2\x81\xa5", "\xe2\x81\xa5"},	      /* U+2065 */
	    {"\xd8\x9b\xd7\x90", "\xd8\x9b\xd7\x90"}, /* U+061B, a Hebrew letter */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_STR(escaped(cases[i].raw, strlen(cases[i].raw)), cases[i].shown);
}

TEST(escape_keeps_utf8_but_no_c1)
{
	CHECK_STR(escaped("J\xc3\xb6rg", 5), "J\xc3\xb6rg");
	CHECK_STR(escaped("\xe2\x82\xac\xf0\x9f\x98\x80", 7), "\xe2\x82\xac\xf0\x9f\x98\x80");
	CHECK_STR(escaped("\xc2\x9b", 2), "\\xc2\\x9b"); /* CSI */
	CHECK_STR(escaped("\xc2\xa0", 2), "\xc2\xa0");
	CHECK_STR(escaped("\x9b", 1), "\\x9b");
	CHECK_STR(escaped("\xc3", 1), "\\xc3");
	CHECK_STR(escaped("\xc3"
			  "a",
			  2),
		  "\\xc3"
		  "a");
}

TEST(escape_cuts_whole_pieces)
{
	char buffer[6];

	CHECK_EQ(escape_text(buffer, 6, "ab\x01z", 4), 7);
	CHECK_STR(buffer, "ab");
	CHECK_EQ(escape_text(buffer, 6, "a\x01z", 3), 6);
	CHECK_STR(buffer, "a\\x01");
}

TEST(utf8_bounds)
{
	static const struct {
		const char *text;
		size_t taken;
		uint32_t code_point;
	} cases[] = {
	    {"\x80", 0, 0},
	    {"\xbf", 0, 0},
	    {"\x7f", 1, 0x7f},
	    {"\xc2\x80", 2, 0x80},
	    {"\xc1\xbf", 0, 0},
	    {"\xdf\xbf", 2, 0x7ff},
	    {"\xe0\xa0\x80", 3, 0x800},
	    {"\xe0\x9f\xbf", 0, 0},
	    {"\xed\x9f\xbf", 3, 0xd7ff},
	    {"\xed\xa0\x80", 0, 0},
	    {"\xef\xbf\xbf", 3, 0xffff},
	    {"\xf0\x90\x80\x80", 4, 0x10000},
	    {"\xf0\x8f\xbf\xbf", 0, 0},
	    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
	    {"\xf4\x90\x80\x80", 0, 0},
	    {"\xf5\x80\x80\x80", 0, 0},
	    {"\xe2\x82\x7f", 0, 0},
	    {"\xe2\x82\xc0", 0, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].text);
		char *text = test_copy(cases[i].text, length);
		uint32_t code_point = 0;

		CHECK_EQ(utf8_decode(text, length, &code_point), cases[i].taken);
		if (cases[i].taken > 0)
			CHECK_EQ(code_point, cases[i].code_point);
		CHECK_EQ(utf8_decode(text, length - 1, &code_point), 0);
	}
}

/* Foreign text that is shown: the last whole length and the first that is cut. */
TEST(texts_are_cut)
{
	char text[200], buffer[400];

	for (unsigned length = 80; length <= 81; length++) {
		memset(text, '\n', sizeof(text));
		text[length] = '\0';
		CHECK_EQ(own_format(buffer, sizeof(buffer), "%pT|", text),
			 length == 80 ? 161 : 164);
		CHECK_STR(buffer + 156, length == 80 ? "\\n\\n|" : "\\n\\n...|");
	}
}
