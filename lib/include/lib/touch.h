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

/* Writes the byte that is there already: a compiler would make a read of an atomic OR with 0. */
static inline void touch_byte(char *byte)
{
	asm volatile("lock orb $0, %0" : "+m"(*byte) : : "cc");
}

/* touch for what is written later. */
static inline void touch_to_write(void *memory, size_t size)
{
	char *bytes = memory;

	for (size_t i = 0; i < size; i += min(size - i, (size_t)TOUCH_STEP))
		touch_byte(&bytes[i]);
	if (size > 0)
		touch_byte(&bytes[size - 1]);
}

/* touch for @count strings. */
static inline void touch_texts(const char *const *texts, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		touch(texts[i], strlen(texts[i]) + 1);
}
