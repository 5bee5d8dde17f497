#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * What all fuzzers share. The sanitizers see to the bounds of the input, which libFuzzer hands over
 * in memory of exactly its size; FUZZ_CHECK states what must hold of the answers.
 */
#define FUZZ_CHECK(condition)                                                                      \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fuzz_failed(__FILE__, __LINE__, #condition);                               \
	} while (0)

__attribute__((noreturn)) void fuzz_failed(const char *file, int line, const char *condition);

/* Is [@part, @part + @length) inside [@whole, @whole + @size)? */
int fuzz_inside(const void *part, size_t length, const void *whole, size_t size);

/* Reads every byte, so that the sanitizer sees a range that is not there. */
void fuzz_touch(const void *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
