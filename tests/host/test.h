#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * The host's unit tests. TEST(name) { ... } registers itself; a failed CHECK prints where and what,
 * and the test goes on, so that one run shows all that is wrong. tests/host/test.c runs them.
 */
struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);
void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool test_same_text(const char *a, const char *b); /* NULL equals only NULL */

#define TEST(test_name)                                                                            \
	static void test_##test_name(void);                                                        \
	static struct test test_entry_##test_name = {#test_name, test_##test_name, NULL};          \
	__attribute__((constructor)) static void test_register_##test_name(void)                   \
	{                                                                                          \
		test_register(&test_entry_##test_name);                                            \
	}                                                                                          \
	static void test_##test_name(void)

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			test_fail(__FILE__, __LINE__, "%s", #condition);                           \
	} while (0)

/* Integers and pointers' values: what is, what it should be. */
#define CHECK_EQ(actual, expected)                                                                 \
	do {                                                                                       \
		long long check_actual = (long long)(actual);                                      \
		long long check_expected = (long long)(expected);                                  \
		if (check_actual != check_expected)                                                \
			test_fail(__FILE__, __LINE__, "%s == %s: %lld (0x%llx), expected %lld",    \
				  #actual, #expected, check_actual,                                \
				  (unsigned long long)check_actual, check_expected);               \
	} while (0)

#define CHECK_STR(actual, expected)                                                                \
	do {                                                                                       \
		const char *check_actual = (actual);                                               \
		const char *check_expected = (expected);                                           \
		if (!test_same_text(check_actual, check_expected))                                 \
			test_fail(__FILE__, __LINE__, "%s: \"%s\", expected \"%s\"", #actual,      \
				  check_actual ? check_actual : "(null)",                          \
				  check_expected ? check_expected : "(null)");                     \
	} while (0)

/* The first @size bytes. */
#define CHECK_BYTES(actual, expected, size) CHECK(memcmp(actual, expected, size) == 0)

/*
 * A heap copy of exactly @size bytes, so that the sanitizer sees the first byte read past the end.
 * Freed when the test ends.
 */
void *test_copy(const void *bytes, size_t size);
