/*
 * The C library's memory functions. Bulk goes by string instructions of eight bytes, which real
 * processors and the emulator both do far faster than a loop of bytes; the direction flag is clear,
 * as the ABI has it. Their one rule: no function here may be turned by the compiler into a call of
 * itself, so the loops that could be recognised as one are assembly.
 */
#include <string.h>

#include <stdint.h>

void *(memcpy)(void *restrict to, const void *restrict from, size_t size)
{
	void *destination = to;
	size_t words = size / 8, bytes = size % 8;

	__asm__ volatile("rep movsq\n\tmov %[bytes], %%rcx\n\trep movsb"
			 : "+D"(destination), "+S"(from), "+c"(words)
			 : [bytes] "r"(bytes)
			 : "memory");
	return to;
}

static void copy_backwards(void *to, const void *from, size_t size)
{
	uint8_t *last_to = (uint8_t *)to + size - 1;
	const uint8_t *last_from = (const uint8_t *)from + size - 1;
	size_t bytes = size % 8, words = size / 8;

	/* The odd bytes at the end, then step back to the first byte of the last word. */
	__asm__ volatile("std\n\trep movsb\n\tsub $7, %%rdi\n\tsub $7, %%rsi\n\t"
			 "mov %[words], %%rcx\n\trep movsq\n\tcld"
			 : "+D"(last_to), "+S"(last_from), "+c"(bytes)
			 : [words] "r"(words)
			 : "memory", "cc");
}

void *(memmove)(void *to, const void *from, size_t size)
{
	/* Wraps to a large distance when `to` is below `from`. */
	if ((uintptr_t)to - (uintptr_t)from >= size)
		return memcpy(to, from, size);
	copy_backwards(to, from, size);
	return to;
}

void *(memset)(void *to, int byte, size_t size)
{
	void *destination = to;
	uint64_t pattern = (uint8_t)byte * 0x0101010101010101ull;
	size_t words = size / 8, bytes = size % 8;

	__asm__ volatile("rep stosq\n\tmov %[bytes], %%rcx\n\trep stosb"
			 : "+D"(destination), "+c"(words)
			 : [bytes] "r"(bytes), "a"(pattern)
			 : "memory");
	return to;
}

struct word {
	uint64_t value;
} __attribute__((packed, may_alias));

int(memcmp)(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;

	for (; size >= sizeof(struct word); size -= sizeof(struct word)) {
		if (((const struct word *)left)->value != ((const struct word *)right)->value)
			break;
		left += sizeof(struct word);
		right += sizeof(struct word);
	}
	for (size_t i = 0; i < size; i++)
		if (left[i] != right[i])
			return left[i] - right[i];
	return 0;
}

/* A word has a zero byte if taking one from each byte borrows into a top bit that was clear. */
void *memchr(const void *bytes, int byte, size_t size)
{
	const uint64_t ones = 0x0101010101010101, pattern = (uint8_t)byte * ones;
	const uint8_t *at = bytes;

	for (; size >= sizeof(struct word); size -= sizeof(struct word)) {
		uint64_t word = ((const struct word *)at)->value ^ pattern;

		if ((word - ones) & ~word & (ones << 7))
			break;
		at += sizeof(struct word);
	}
	for (size_t i = 0; i < size; i++)
		if (at[i] == (uint8_t)byte)
			return (void *)(uintptr_t)(at + i);
	return NULL;
}
