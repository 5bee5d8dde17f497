#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bits in an array of 64-bit words, bit n in word n / 64. @bits is how many there are; words past
 * them are not touched. Not atomic: the caller has the lock.
 */
#define BITMAP_WORDS(bits) (((bits) + 63) / 64)
#define BITMAP(name, bits) uint64_t name[BITMAP_WORDS(bits)]

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return map[bit / 64] >> bit % 64 & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= (uint64_t)1 << bit % 64;
}

/* Sets or clears @count bits from @first on; @first + @count must not exceed the number of bits. */
static inline void bitmap_fill(uint64_t *map, size_t first, size_t count, bool set)
{
	uint64_t pattern = set ? UINT64_MAX : 0;

	for (size_t bit = first, end = first + count; bit < end;) {
		size_t step = bit % 64 == 0 && end - bit >= 64 ? 64 : 1;
		uint64_t mask = step == 64 ? UINT64_MAX : (uint64_t)1 << bit % 64;

		map[bit / 64] = (map[bit / 64] & ~mask) | (pattern & mask);
		bit += step;
	}
}

static inline size_t bitmap_count_set(const uint64_t *map, size_t bits)
{
	size_t count = 0;

	for (size_t bit = 0; bit < bits; bit++) {
		if (bit % 64 == 0 && map[bit / 64] == 0)
			bit += 63;
		else
			count += bitmap_test(map, bit);
	}
	return count;
}

/* The start of the first run of @count clear bits at or after @from; @bits when there is none.
 * Passes over full words at one look each. */
static inline size_t bitmap_find_clear_run(const uint64_t *map, size_t bits, size_t from,
					   size_t count)
{
	size_t start = from;

	for (size_t bit = from; bit < bits; bit++) {
		if (bit % 64 == 0 && map[bit / 64] == UINT64_MAX)
			bit += 63;
		else if (!bitmap_test(map, bit) && bit - start + 1 == count)
			return start;
		else if (!bitmap_test(map, bit))
			continue;
		start = bit + 1;
	}
	return bits;
}
