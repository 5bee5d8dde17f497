/* Integers, booleans, the kernel's command line, paths and names of errors. */
#include "test.h"

#include <lib/errno.h>
#include <lib/parse.h>

#include "path.h"

static int u64_of(const char *text, int64_t min, uint64_t max, uint64_t *value)
{
	size_t length = strlen(text);

	*value = 12345;
	return parse_integer(test_copy(text, length), length, min, max, value);
}

static int s64_of(const char *text, int64_t min, int64_t max, int64_t *value)
{
	size_t length = strlen(text);

	*value = 12345;
	return parse_integer(test_copy(text, length), length, min, (uint64_t)max,
			     (uint64_t *)value);
}

TEST(unsigned_forms)
{
	static const struct {
		const char *text;
		uint64_t value;
	} good[] = {
	    {"0", 0},
	    {"7", 7},
	    {"+7", 7},
	    {"0x0", 0},
	    {"0xafAF", 0xafaf},
	    {"0XAB", 0xab},
	    {"010", 8},
	    {"00", 0},
	    {"18446744073709551615", UINT64_MAX},
	    {"0xffffffffffffffff", UINT64_MAX},
	    {"01777777777777777777777", UINT64_MAX},
	    {"0000000000000000000000000001", 1},
	};
	static const char *const bad[] = {"",	 "+",	"-1",  "-",  "0x",   "0xg",  "0x:", "0x/",
					  "0x@", "0xG", "0x`", "08", " 1",   "1 ",   "1a",  "a",
					  "1.",	 "++1", "+-1", "x1", "0x 1", "1_000"};
	uint64_t value;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK_EQ(u64_of(good[i].text, 0, UINT64_MAX, &value), 0);
		CHECK_EQ(value, good[i].value);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		CHECK_EQ(u64_of(bad[i], 0, UINT64_MAX, &value), -EINVAL);
		CHECK_EQ(value, 12345);
	}
	CHECK_EQ(parse_integer("1\0", 2, 0, 9, &value), -EINVAL);
	CHECK_EQ(parse_integer((char *)test_copy("+", 1) + 1, 0, 0, 9, &value), -EINVAL);
}

TEST(unsigned_ranges)
{
	uint64_t value;

	CHECK_EQ(u64_of("18446744073709551616", 0, UINT64_MAX, &value), -ERANGE);
	CHECK_EQ(u64_of("0x10000000000000000", 0, UINT64_MAX, &value), -ERANGE);
	CHECK_EQ(u64_of("99999999999999999999999x", 0, UINT64_MAX, &value), -EINVAL);
	CHECK_EQ(u64_of("9", 10, 20, &value), -ERANGE);
	CHECK_EQ(value, 12345);
	CHECK_EQ(u64_of("10", 10, 20, &value), 0);
	CHECK_EQ(u64_of("20", 10, 20, &value), 0);
	CHECK_EQ(u64_of("21", 10, 20, &value), -ERANGE);
}

TEST(signed_bounds)
{
	int64_t value;

	CHECK_EQ(s64_of("-9223372036854775808", INT64_MIN, INT64_MAX, &value), 0);
	CHECK_EQ(value, INT64_MIN);
	CHECK_EQ(s64_of("-9223372036854775809", INT64_MIN, INT64_MAX, &value), -ERANGE);
	CHECK_EQ(s64_of("9223372036854775807", INT64_MIN, INT64_MAX, &value), 0);
	CHECK_EQ(value, INT64_MAX);
	CHECK_EQ(s64_of("9223372036854775808", INT64_MIN, INT64_MAX, &value), -ERANGE);
	CHECK_EQ(s64_of("-0x80", -128, 127, &value), 0);
	CHECK_EQ(value, -128);
	CHECK_EQ(s64_of("-129", -128, 127, &value), -ERANGE);
	CHECK_EQ(s64_of("+127", -128, 127, &value), 0);
	CHECK_EQ(s64_of("128", -128, 127, &value), -ERANGE);
	CHECK_EQ(s64_of("-0", -1, 0, &value), 0);
	CHECK_EQ(s64_of("--1", -9, 9, &value), -EINVAL);
	CHECK_EQ(s64_of("-", -9, 9, &value), -EINVAL);
	CHECK_EQ(parse_integer((char *)test_copy("+", 1) + 1, 0, -9, 9, (uint64_t *)&value),
		 -EINVAL);
}

TEST(parse_bool_words)
{
	bool value = false;

	CHECK_EQ(parse_bool("y", 1, &value), 0);
	CHECK(value);
	CHECK_EQ(parse_bool("off", 3, &value), 0);
	CHECK(!value);
	CHECK_EQ(parse_bool("", 0, &value), -EINVAL);
	CHECK_EQ(parse_bool("yes", 3, &value), -EINVAL);
	CHECK_EQ(parse_bool("2", 1, &value), -EINVAL);
	CHECK_EQ(parse_bool("tru", 3, &value), -EINVAL);
}

TEST(cmdline_words)
{
	const char *line = "  quiet debug=1 debug\tkey= key=2 x=a=b ";

	CHECK(cmdline_has(line, "debug"));
	CHECK(cmdline_has(line, "quiet"));
	CHECK(!cmdline_has(line, "deb"));
	CHECK(!cmdline_has(line, "debug2"));
	CHECK(!cmdline_has("", "debug"));
	CHECK(!cmdline_has("quiet", "debug"));
	CHECK(!cmdline_has("debug=1", "debug"));
}

static const char *normal_of(const char *base, const char *path)
{
	static char normal[PATH_LENGTH_MAX + 1];
	int error = path_normalise(base, path, normal);

	return error ? errno_name(error) : normal;
}

TEST(path_normalise_forms)
{
	CHECK_STR(normal_of("/", "/"), "/");
	CHECK_STR(normal_of("/", "a"), "/a");
	CHECK_STR(normal_of("/b", "a"), "/b/a");
	CHECK_STR(normal_of("/b", "/a"), "/a");
	CHECK_STR(normal_of("/", "//a///b/"), "/a/b");
	CHECK_STR(normal_of("/", "/a/./b/."), "/a/b");
	CHECK_STR(normal_of("/", "/a/../b"), "/b");
	CHECK_STR(normal_of("/", "/../.."), "/");
	CHECK_STR(normal_of("/x/y", ".."), "/x");
	CHECK_STR(normal_of("/x", "../../z"), "/z");
	CHECK_STR(normal_of("/", "..."), "/...");
	CHECK_STR(normal_of("/", ".a"), "/.a");
	CHECK_STR(normal_of("/", "a b"), "/a b");
	CHECK_STR(normal_of("/", ""), "ENOENT");
	CHECK_STR(normal_of("/", "a\nb"), "EINVAL");
	CHECK_STR(normal_of("/", "a\x7f"), "EINVAL");
}

TEST(path_normalise_bounds)
{
	char path[PATH_LENGTH_MAX + 2];

	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[PATH_LENGTH_MAX] = '\0';
	CHECK_STR(normal_of("/", path), path);
	CHECK_STR(normal_of("/", path + 1), path); /* one character less, and / in front */
	CHECK_STR(normal_of("/b", path + 1), "ENAMETOOLONG");
	CHECK_STR(normal_of("/b", path + 2), "ENAMETOOLONG");
	CHECK_EQ(strlen(normal_of("/b", path + 3)), PATH_LENGTH_MAX);
	path[PATH_LENGTH_MAX] = 'a';
	path[PATH_LENGTH_MAX + 1] = '\0';
	CHECK_STR(normal_of("/", path), "ENAMETOOLONG");
	memset(path, '/', PATH_LENGTH_MAX); /* too long as it stands, though not when normal */
	CHECK_STR(normal_of("/", path), "ENAMETOOLONG");
	CHECK_STR(normal_of("/", path + 1), "/a");
}

TEST(path_parts)
{
	const char *cursor = "/modules//x/", *name;

	CHECK_EQ(path_next(&cursor, &name), 7);
	CHECK(memcmp(name, "modules", 7) == 0);
	CHECK_EQ(path_next(&cursor, &name), 1);
	CHECK_EQ(path_next(&cursor, &name), 0);
	CHECK_EQ(path_next(&cursor, &name), 0);
	CHECK_STR(path_below("/a/b", "/"), "a/b");
	CHECK_STR(path_below("/a/b", "/a"), "b");
	CHECK_STR(path_below("/a", "/a"), "");
	CHECK_STR(path_below("/ab", "/a"), NULL);
	CHECK_STR(path_below("/", "/a"), NULL);
}

TEST(errno_names)
{
	CHECK_STR(errno_name(EBUSY), "EBUSY");
	CHECK_STR(errno_name(-EBUSY), "EBUSY");
	CHECK_STR(errno_name(0), "0");
	CHECK_STR(errno_name(-ENOTRECOVERABLE), "ENOTRECOVERABLE");
	CHECK_STR(errno_name(ENOTRECOVERABLE + 1), "E?");
	CHECK_STR(errno_name(41), "E?");
	CHECK_STR(errno_name(INT32_MIN), "E?");
	CHECK_STR(errno_name(INT32_MAX), "E?");
	CHECK(errno_is_result(0) && errno_is_result(-EPERM) && errno_is_result(-ENOTRECOVERABLE));
	CHECK(!errno_is_result(EPERM) && !errno_is_result(-41) && !errno_is_result(-4095));
	CHECK(!errno_is_result(-ENOTRECOVERABLE - 1) && !errno_is_result(INT32_MIN));
	CHECK(!errno_is_result(INT64_MIN) && !errno_is_result(-(1l << 32) - EIO));
	CHECK_STR(errno_text(-ENOENT), "no such file or directory");
	CHECK_STR(errno_text(9999), "unknown error");
	CHECK_EQ(EDEADLK, 35);
	CHECK_EQ(ECANCELED, 125);
	CHECK_EQ(ETIMEDOUT, 110);
}
