/*
 * Pieces of the memory map: each usable whole frame once, none that is reserved.
 * kernel/mm/memory_map.c is pure and is compiled in here.
 */
#include "test.h"

#include <stdlib.h>

#include "../../kernel/mm/memory_map.c"

#define KIB 1024ull

static unsigned collect(const struct mm_boot *boot, bool unreserved, struct memory_piece *pieces)
{
	struct memory_piece piece = {0, 0};
	unsigned index = 0, count = 0;

	while (memory_map_next(boot, unreserved, &index, &piece))
		pieces[count++] = piece;
	return count;
}

TEST(edges_shrink_and_reserved_grows)
{
	struct mm_range usable[] = {{0, 639 * KIB}, {1024 * KIB, 64 * KIB + 5}};
	struct mm_range reserved[] = {{0x9001, 1}, {1024 * KIB, 1}, {1080 * KIB, 0}};
	struct mm_boot boot = {
	    .usable = usable, .usable_count = 2, .reserved = reserved, .reserved_count = 3};
	struct memory_piece pieces[8];

	CHECK_EQ(collect(&boot, true, pieces), 3);
	CHECK_EQ(pieces[0].start, 0x1000);
	CHECK_EQ(pieces[0].end, 0x9000);
	CHECK_EQ(pieces[1].start, 0xa000);
	CHECK_EQ(pieces[1].end, 636 * KIB);
	CHECK_EQ(pieces[2].start, 1028 * KIB);
	CHECK_EQ(pieces[2].end, 1088 * KIB);
	CHECK_EQ(collect(&boot, false, pieces), 2);
	CHECK_EQ(memory_map_top(&boot), 1088 * KIB);
}

TEST(nothing_usable)
{
	struct mm_range usable[] = {{0x1001, 0x1ffe}, {0, 0x1000}, {UINT64_MAX - 5, 100}, {5, 0}};
	struct mm_boot boot = {.usable = usable, .usable_count = 4};
	struct memory_piece pieces[8];

	CHECK_EQ(collect(&boot, true, pieces), 0);
}

TEST(reserved_from_start_to_end)
{
	struct mm_range usable[] = {{0x10000, 0x10000}};
	struct mm_range reserved[] = {{0x18000, 0x9000}, {0x8000, 0x9000}, {0x11000, 0x7000}};
	struct mm_boot boot = {
	    .usable = usable, .usable_count = 1, .reserved = reserved, .reserved_count = 3};
	struct memory_piece pieces[8];

	CHECK_EQ(collect(&boot, true, pieces), 0);
	boot.reserved_count = 2;
	CHECK_EQ(collect(&boot, true, pieces), 1);
	CHECK_EQ(pieces[0].start, 0x11000);
	CHECK_EQ(pieces[0].end, 0x18000);
}

#define FRAMES 200

static struct mm_range random_range(void)
{
	return (struct mm_range){(uint64_t)rand() % (FRAMES * 4096), (uint64_t)rand() % 200000};
}

/* Against a map with one flag a frame. */
static void compare(void)
{
	struct mm_range usable[6], reserved[6];
	struct mm_boot boot = {
	    .usable = usable, .usable_count = 6, .reserved = reserved, .reserved_count = 6};
	unsigned char expected[FRAMES + 64] = {0}, seen[FRAMES + 64] = {0};
	struct memory_piece piece = {0, 0};
	unsigned index = 0;

	for (unsigned i = 0; i < 6; i++) {
		usable[i] = random_range();
		reserved[i] = random_range();
	}
	for (uint64_t frame = 1; frame < sizeof(expected); frame++) {
		uint64_t start = frame * 4096, end = start + 4096;

		for (unsigned i = 0; i < 6; i++)
			expected[frame] |=
			    usable[i].start <= start && usable[i].start + usable[i].size >= end;
		for (unsigned i = 0; i < 6; i++) {
			if (reserved[i].size > 0 && reserved[i].start < end &&
			    reserved[i].start + reserved[i].size > start)
				expected[frame] = 0;
		}
	}
	while (memory_map_next(&boot, true, &index, &piece)) {
		CHECK(piece.start < piece.end);
		for (uint64_t at = piece.start; at < piece.end; at += 4096)
			seen[at / 4096]++;
	}
	CHECK_BYTES(seen, expected, sizeof(expected));
}

TEST(against_flags)
{
	srand(3);
	for (unsigned i = 0; i < 20000; i++)
		compare();
}
