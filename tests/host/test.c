/*
 * Runs the tests that registered themselves, in the order of their names, those whose name contains
 * the first argument if there is one: a line each, then the sum. Its one rule: the exit status is 0
 * only if at least one ran and none failed.
 */
#include "test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct copy {
	struct copy *next;
	void *bytes;
};

static struct test *tests;
static const char *running;
static unsigned failures; /* of the test that runs */
static struct copy *copies;

void test_register(struct test *test)
{
	struct test **place = &tests;

	while (*place && strcmp((*place)->name, test->name) < 0)
		place = &(*place)->next;
	test->next = *place;
	*place = test;
}

void test_fail(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	failures++;
	printf("FAIL %s %s:%d ", running, file, line);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
}

bool test_same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

void *test_copy(const void *bytes, size_t size)
{
	struct copy *copy = malloc(sizeof(*copy));
	void *result = malloc(size);

	if (!copy || (!result && size > 0))
		abort();
	if (size > 0)
		memcpy(result, bytes, size);
	*copy = (struct copy){copies, result};
	copies = copy;
	return result;
}

static void free_copies(void)
{
	while (copies) {
		struct copy *copy = copies;

		copies = copy->next;
		free(copy->bytes);
		free(copy);
	}
}

int main(int argc, char **argv)
{
	unsigned passed = 0, failed = 0;

	for (struct test *test = tests; test; test = test->next) {
		if (argc > 1 && !strstr(test->name, argv[1]))
			continue;
		running = test->name;
		failures = 0;
		test->run();
		free_copies();
		if (failures == 0) {
			printf("ok %s\n", test->name);
			passed++;
		} else {
			failed++;
		}
		fflush(stdout);
	}
	printf("%u passed, %u failed\n", passed, failed);
	return passed > 0 && failed == 0 ? 0 : 1;
}
