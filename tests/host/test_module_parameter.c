/* Words of a load line: both ends of each type's range, arrays, texts, and all or nothing. */
#include <stdlib.h>

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/module_file.h>

#include "elf_reason.h"

static uint8_t byte_value;
static int16_t short_value;
static uint16_t ushort_value;
static int32_t int_value;
static uint32_t uint_value;
static int64_t long_value;
static uint64_t ulong_value;
static bool bool_value, invbool_value;
static char *charp_value;
static char string_value[8];
static int32_t ints[3];
static uint32_t int_count;
static char *texts[2];

static const struct module_param params[] = {
    {"byte", &byte_value, MODULE_PARAM_byte, 1, 1, 0, NULL},
    {"short", &short_value, MODULE_PARAM_short, 2, 1, 0, NULL},
    {"ushort", &ushort_value, MODULE_PARAM_ushort, 2, 1, 0, NULL},
    {"int", &int_value, MODULE_PARAM_int, 4, 1, 0, NULL},
    {"uint", &uint_value, MODULE_PARAM_uint, 4, 1, 0, NULL},
    {"long", &long_value, MODULE_PARAM_long, 8, 1, 0, NULL},
    {"ulong", &ulong_value, MODULE_PARAM_ulong, 8, 1, 0, NULL},
    {"bool", &bool_value, MODULE_PARAM_bool, sizeof(bool), 1, 0, NULL},
    {"invbool", &invbool_value, MODULE_PARAM_invbool, sizeof(bool), 1, 0, NULL},
    {"charp", &charp_value, MODULE_PARAM_charp, sizeof(char *), 1, 0, NULL},
    {"string", string_value, MODULE_PARAM_string, sizeof(string_value), 1, 0, NULL},
    {"ints", ints, MODULE_PARAM_int, 4, 3, 0, &int_count},
    {"text_s", texts, MODULE_PARAM_charp, sizeof(char *), 2, 0, NULL},
};

static struct module_report report;
static const char *sentence;

/* Checks and stores; words are split at blanks. */
static const char *give(const char *line)
{
	static char copy[300], *storage;
	const char *words[16];
	unsigned count = 0;
	size_t size;
	int err;

	strcpy(copy, line);
	for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " "))
		words[count++] = word;
	report_clear(&report);
	err = parameters_check(params, ARRAY_SIZE(params), words, count, &size, &report);
	CHECK_EQ(err, report.error);
	CHECK(err == 0 || err == -EINVAL);
	sentence = err ? report.text : ELF_FINE;
	if (err == 0) {
		free(storage);
		storage = malloc(size + (size == 0)); /* exactly what was asked for */
		parameters_apply(params, ARRAY_SIZE(params), words, count, storage);
	}
	return sentence;
}

#define GIVES(line, place, expected)                                                               \
	do {                                                                                       \
		CHECK_SAYS(give(line), ELF_FINE);                                                  \
		CHECK_EQ(place, expected);                                                         \
	} while (0)

TEST(ranges)
{
	GIVES("byte=0", byte_value, 0);
	GIVES("byte=255", byte_value, 255);
	CHECK_SAYS(give("byte=256"), PARAMETER_RANGE);
	CHECK_SAYS(give("byte=-1"), PARAMETER_MALFORMED);
	CHECK_EQ(byte_value, 255);
	GIVES("short=-32768", short_value, -32768);
	CHECK_SAYS(give("short=-32769"), PARAMETER_RANGE);
	GIVES("short=32767", short_value, 32767);
	CHECK_SAYS(give("short=32768"), PARAMETER_RANGE);
	GIVES("ushort=65535", ushort_value, 65535);
	CHECK_SAYS(give("ushort=65536"), PARAMETER_RANGE);
	GIVES("int=-2147483648", int_value, INT32_MIN);
	CHECK_SAYS(give("int=-2147483649"), PARAMETER_RANGE);
	GIVES("int=2147483647", int_value, INT32_MAX);
	CHECK_SAYS(give("int=2147483648"), PARAMETER_RANGE);
	GIVES("uint=4294967295", uint_value, UINT32_MAX);
	CHECK_SAYS(give("uint=4294967296"), PARAMETER_RANGE);
	GIVES("long=-9223372036854775808", long_value, INT64_MIN);
	CHECK_SAYS(give("long=-9223372036854775809"), PARAMETER_RANGE);
	GIVES("long=9223372036854775807", long_value, INT64_MAX);
	CHECK_SAYS(give("long=9223372036854775808"), PARAMETER_RANGE);
	GIVES("ulong=18446744073709551615", ulong_value, UINT64_MAX);
	CHECK_SAYS(give("ulong=18446744073709551616"), PARAMETER_RANGE);
}

TEST(forms_of_numbers)
{
	GIVES("int=0x10", int_value, 16);
	GIVES("int=010", int_value, 8);
	GIVES("int=+7", int_value, 7);
	CHECK_SAYS(give("int=7x"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("int=x"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("int=-"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("int=0x"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("int=1,2"), PARAMETER_MALFORMED);
	CHECK_STR(sentence, "parameter int: '1,2' is not of type int");
}

TEST(truth)
{
	GIVES("bool=y", bool_value, true);
	GIVES("bool=0", bool_value, false);
	GIVES("bool=on", bool_value, true);
	GIVES("invbool=1", invbool_value, false);
	GIVES("invbool=n", invbool_value, true);
	CHECK_SAYS(give("bool=2"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("bool"), PARAMETER_MISSING);
}

TEST(unknown_missing_twice)
{
	CHECK_SAYS(give("other=1"), PARAMETER_UNKNOWN);
	CHECK_STR(sentence, "unknown parameter other");
	CHECK_SAYS(give("in=1"), PARAMETER_UNKNOWN);
	CHECK_SAYS(give("intt=1"), PARAMETER_UNKNOWN);
	CHECK_SAYS(give("=1"), PARAMETER_NAMELESS);
	CHECK_SAYS(give("int"), PARAMETER_MISSING);
	CHECK_SAYS(give("int="), PARAMETER_MISSING);
	CHECK_SAYS(give("charp"), PARAMETER_MISSING);
	CHECK_SAYS(give("int=1 uint=1 int=2"), PARAMETER_TWICE);
	CHECK_SAYS(give("text-s=1 text_s=2"), PARAMETER_TWICE);
}

TEST(all_or_nothing)
{
	GIVES("int=1", int_value, 1);
	CHECK_SAYS(give("int=2 uint=x"), PARAMETER_MALFORMED);
	CHECK_EQ(int_value, 1);
}

TEST(texts_given)
{
	CHECK_SAYS(give("charp=a=b,c string=1234567"), ELF_FINE);
	CHECK_STR(charp_value, "a=b,c");
	CHECK_STR(string_value, "1234567");
	CHECK_SAYS(give("string=12345678"), PARAMETER_LENGTH);
	CHECK_SAYS(give("charp= string="), ELF_FINE);
	CHECK_STR(charp_value, "");
	CHECK_STR(string_value, "");
	CHECK_SAYS(give("text-s=one,"), ELF_FINE);
	CHECK_STR(texts[0], "one");
	CHECK_STR(texts[1], "");
}

TEST(arrays)
{
	CHECK_SAYS(give("ints=1,-2,3"), ELF_FINE);
	CHECK_EQ(int_count, 3);
	CHECK_EQ(ints[1], -2);
	CHECK_EQ(ints[2], 3);
	CHECK_SAYS(give("ints=9"), ELF_FINE);
	CHECK_EQ(int_count, 1);
	CHECK_EQ(ints[0], 9);
	CHECK_EQ(ints[1], -2);
	CHECK_SAYS(give("ints=1,2,3,4"), PARAMETER_ELEMENTS);
	CHECK_STR(sentence,
		  "parameter ints: '1,2,3,4' has 4 elements, the array of type int holds 3");
	CHECK_SAYS(give("ints=1,,2"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("ints=1,2,"), PARAMETER_MALFORMED);
	CHECK_SAYS(give("ints=1,3000000000"), PARAMETER_RANGE);
	CHECK_STR(sentence, "parameter ints: '3000000000' is out of range for type int");
	CHECK_EQ(ints[0], 9);
}

TEST(no_words)
{
	size_t size = 1;

	CHECK_EQ(parameters_check(NULL, 0, NULL, 0, &size, &report), 0);
	CHECK_EQ(size, 0);
}
