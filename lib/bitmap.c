/* Searches and ranges in bitmaps, a word at a time. The one rule: no word past the bits is read. */
#include <lib/bitmap.h>

#include <lib/compiler.h>

/* Bits @from to @to (not included) of one word, 0 <= from < to <= 64. */
static uint64_t word_mask(size_t from, size_t to)
{
	return ~(uint64_t)0 >> (64 - (to - from)) << from;
}

void bitmap_set_range(uint64_t *map, size_t first, size_t count)
{
	for (size_t end = first + count; first < end;) {
		size_t stop = min(end, (first / 64 + 1) * 64);

		map[first / 64] |= word_mask(first % 64, stop - first / 64 * 64);
		first = stop;
	}
}

void bitmap_clear_range(uint64_t *map, size_t first, size_t count)
{
	for (size_t end = first + count; first < end;) {
		size_t stop = min(end, (first / 64 + 1) * 64);

		map[first / 64] &= ~word_mask(first % 64, stop - first / 64 * 64);
		first = stop;
	}
}

/* The first bit at or after @from that differs from those of @flip, all ones or all zeros. */
static size_t next_unlike(const uint64_t *map, size_t bits, size_t from, uint64_t flip)
{
	uint64_t word;

	if (from >= bits)
		return bits;
	word = (map[from / 64] ^ flip) >> from % 64 << from % 64;
	for (size_t at = from / 64;;) {
		if (word != 0)
			return min(at * 64 + (size_t)__builtin_ctzll(word), bits);
		if (++at >= BITMAP_WORDS(bits))
			return bits;
		word = map[at] ^ flip;
	}
}

size_t bitmap_next_set(const uint64_t *map, size_t bits, size_t from)
{
	return next_unlike(map, bits, from, 0);
}

size_t bitmap_next_clear(const uint64_t *map, size_t bits, size_t from)
{
	return next_unlike(map, bits, from, ~(uint64_t)0);
}

size_t bitmap_find_clear_run(const uint64_t *map, size_t bits, size_t from, size_t count)
{
	while (from < bits) {
		size_t start = bitmap_next_clear(map, bits, from);
		/* Not further than the run: what is free beyond it does not matter. */
		size_t limit = start + min(count, bits - start);
		size_t end = bitmap_next_set(map, limit, start);

		if (start < bits && end - start >= count)
			return start;
		from = end;
	}
	return bits;
}

/* Counted by hand: a builtin would become a call into the compiler's library. */
static unsigned count_word(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555;
	word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(word * 0x0101010101010101 >> 56);
}

size_t bitmap_count_set(const uint64_t *map, size_t bits)
{
	size_t count = 0;

	for (size_t at = 0; at < bits / 64; at++)
		count += count_word(map[at]);
	if (bits % 64 != 0)
		count += count_word(map[bits / 64] & word_mask(0, bits % 64));
	return count;
}
