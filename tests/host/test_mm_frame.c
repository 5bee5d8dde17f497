/*
 * Frames: each usable whole frame once, none that is reserved. kernel/mm/frame.c is compiled in
 * here, with stand-ins for what is not pure.
 */
#include "test.h"

#include <stdlib.h>

#include "../../kernel/mm/address_range.c"
#include "../../kernel/mm/frame.c"

#define KIB 1024ull

unsigned cpu_now;

uint32_t fault_injection_armed;

bool fault_injection_reached(const char *function)
{
	return function == NULL;
}

static bool spare;

bool heap_give_back_spare(void)
{
	if (spare)
		frame_free(5 * PAGE_SIZE, 1);
	return spare;
}

bool stack_give_back_spare(void)
{
	return false;
}

/* The machine begins anew. */
static void begin(const struct mm_boot *boot)
{
	frames = (struct address_range)ADDRESS_RANGE_INIT("frame", first_bits, 0, false);
	memset(kept, 0, sizeof(kept));
	CHECK_EQ(frame_init(boot), 0);
}

static uint64_t free_frames(void)
{
	uint64_t usable, free;

	frame_count(&usable, &free);
	return free;
}

TEST(edges_shrink_and_reserved_grows)
{
	struct mm_range usable[] = {{0, 639 * KIB}, {1024 * KIB, 64 * KIB + 5}};
	struct mm_range reserved[] = {{0x9001, 1}, {1024 * KIB, 1}, {1080 * KIB, 0}};
	struct mm_boot boot = {
	    .usable = usable, .usable_count = 2, .reserved = reserved, .reserved_count = 3};
	uint64_t frame, count;

	begin(&boot);
	frame_count(&count, &frame);
	CHECK_EQ(count, 158 + 16);
	CHECK_EQ(frame, 158 + 16 - 2);
	CHECK_EQ(frame_alloc(8, &frame), 0);
	CHECK_EQ(frame, 0x1000);
	CHECK_EQ(frame_alloc(149, &frame), 0);
	CHECK_EQ(frame, 0xa000);
	CHECK_EQ(frame_alloc(16, &frame), -ENOMEM);
	CHECK_EQ(frame_alloc(15, &frame), 0);
	CHECK_EQ(frame, 1028 * KIB);
	CHECK_EQ(free_frames(), 0);
}

TEST(nothing_usable)
{
	struct mm_range usable[] = {{0x1001, 0x1ffe}, {0, 0x1000}, {5, 0}};
	struct mm_boot boot = {.usable = usable, .usable_count = 3};
	uint64_t frame;

	begin(&boot);
	CHECK_EQ(free_frames(), 0);
	CHECK_EQ(frame_alloc(1, &frame), -ENOMEM);
}

TEST(reserved_from_start_to_end)
{
	struct mm_range usable[] = {{0x10000, 0x10000}};
	struct mm_range reserved[] = {{0x18000, 0x9000}, {0x8000, 0x9000}, {0x11000, 0x7000}};
	struct mm_boot boot = {
	    .usable = usable, .usable_count = 1, .reserved = reserved, .reserved_count = 3};
	uint64_t frame;

	begin(&boot);
	CHECK_EQ(free_frames(), 0);
	boot.reserved_count = 2;
	begin(&boot);
	CHECK_EQ(free_frames(), 7);
	CHECK_EQ(frame_alloc(7, &frame), 0);
	CHECK_EQ(frame, 0x11000);
}

TEST(spare_slabs_are_had)
{
	struct mm_range usable = {0x1000, 8 * PAGE_SIZE};
	struct mm_boot boot = {.usable = &usable, .usable_count = 1};
	uint64_t frame;

	begin(&boot);
	CHECK_EQ(frame_alloc(8, &frame), 0);
	CHECK_EQ(frame_alloc(1, &frame), -ENOMEM);
	spare = true;
	CHECK_EQ(frame_alloc(1, &frame), 0);
	CHECK_EQ(frame, 0x5000);
	spare = false;
}

/* A CPU gets back the frame that it gave; what other CPUs keep counts as free, and can be had. */
TEST(frames_are_kept_for_a_cpu)
{
	struct mm_range usable = {0x1000, 8 * PAGE_SIZE};
	struct mm_boot boot = {.usable = &usable, .usable_count = 1};
	uint64_t frame;

	begin(&boot);
	CHECK_EQ(frame_alloc(8, &frame), 0);
	frame_free(0x5000, 1);
	CHECK_EQ(free_frames(), 1);
	cpu_now = 1;
	frame_free(0x3000, 1);
	frame_free(0x4000, 1);
	CHECK_EQ(free_frames(), 3);
	CHECK_EQ(frame_alloc(1, &frame), 0);
	CHECK_EQ(frame, 0x4000);
	frame_free(frame, 1);
	cpu_now = 0;
	CHECK_EQ(frame_alloc(3, &frame), 0);
	CHECK_EQ(frame, 0x3000);
	CHECK_EQ(free_frames(), 0);
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
	uint64_t frame;

	for (unsigned i = 0; i < 6; i++) {
		usable[i] = random_range();
		reserved[i] = random_range();
	}
	for (frame = 1; frame < sizeof(expected); frame++) {
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
	begin(&boot);
	while (frame_alloc(1, &frame) == 0)
		seen[frame / 4096]++;
	CHECK_BYTES(seen, expected, sizeof(expected));
}

TEST(against_flags)
{
	srand(3);
	for (unsigned i = 0; i < 20000; i++)
		compare();
}
