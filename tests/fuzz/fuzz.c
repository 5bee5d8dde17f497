/* What all fuzzers share. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

void fuzz_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

int fuzz_inside(const void *part, size_t length, const void *whole, size_t size)
{
	uintptr_t offset = (uintptr_t)part - (uintptr_t)whole;

	return (uintptr_t)part >= (uintptr_t)whole && offset <= size && length <= size - offset;
}

void fuzz_touch(const void *bytes, size_t size)
{
	static volatile uint8_t sum;
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < size; i++)
		sum = (uint8_t)(sum + byte[i]);
}
