#pragma once

#include <stddef.h>
#include <string.h>

#include <lib/compiler.h>

#define TOUCH_STEP 4096u /* the smallest page */

/*
 * Reads a byte of each page of @memory. What a caller hands over may be nowhere: it faults here
 * then, before a lock is taken or memory that a fault in the middle would not give back.
 */
static inline void touch(const void *memory, size_t size)
{
	const volatile char *bytes = memory;

	for (size_t i = 0; i < size; i += min(size - i, (size_t)TOUCH_STEP))
		(void)bytes[i];
	if (size > 0)
		(void)bytes[size - 1];
}

/* The same for @count strings. */
static inline void touch_texts(const char *const *texts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		touch(texts[i], strlen(texts[i]) + 1);
}
