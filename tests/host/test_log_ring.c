/* The log ring with one thread: order, cuts, being overtaken, and writers that never finish. */
#include "test.h"

#include <stdio.h>

#include <lib/compiler.h>
#include <lib/log_ring.h>

#define COUNT 32

static struct log_slot slots[COUNT];
static struct log_ring ring;
static struct log_record record;

static void begin(void)
{
	memset(slots, 0, sizeof(slots));
	ring = (struct log_ring){.slots = slots, .count = COUNT};
}

/* Record number @number is @length bytes that all depend on it. */
static bool write_numbered(unsigned number, size_t length)
{
	char bytes[LOG_RECORD_MAX + 10];

	for (size_t i = 0; i < length; i++)
		bytes[i] = (char)(number * 7 + i);
	return log_ring_write(&ring, number, number % 8, test_copy(bytes, length), length);
}

static void check_numbered(unsigned number, size_t length)
{
	CHECK_EQ(record.time, number);
	CHECK_EQ(record.level, number % 8);
	CHECK_EQ(record.length, length);
	for (size_t i = 0; i < length; i++)
		CHECK_EQ((uint8_t)record.text[i], (uint8_t)(number * 7 + i));
}

TEST(log_ring_lengths)
{
	begin();
	for (unsigned length = 0; length <= LOG_RECORD_MAX + 1; length++) {
		uint64_t position = ring.next;

		CHECK(write_numbered(length, length));
		CHECK(log_ring_read(&ring, &position, &record));
		check_numbered(length, min(length, (unsigned)LOG_RECORD_MAX));
		CHECK_EQ(position, ring.next);
		CHECK(!log_ring_read(&ring, &position, &record));
	}
}

TEST(log_ring_order_and_loss)
{
	uint64_t position = 0;

	begin();
	CHECK(!log_ring_read(&ring, &position, &record));
	for (unsigned number = 1; number <= COUNT + 10; number++)
		write_numbered(number, 100);
	for (unsigned number = 11; number <= COUNT + 10; number++) {
		CHECK(log_ring_read(&ring, &position, &record));
		check_numbered(number, 100);
	}
	CHECK(!log_ring_read(&ring, &position, &record));
	CHECK_EQ(position, COUNT + 10);
	for (unsigned number = 1; number <= COUNT + 5; number++)
		write_numbered(100 + number, 100);
	CHECK(log_ring_read(&ring, &position, &record));
	check_numbered(106, 100);
	CHECK_EQ(position, COUNT + 10 + 6);
}

/* A writer that stands still holds its slot: nobody overwrites it, and readers pass it in time. */
TEST(log_ring_writer_that_never_finishes)
{
	uint64_t position = 0;

	begin();
	write_numbered(1, 10);
	slots[1].state = 2 * 1 + 1; /* ticket 1 was claimed, and there it stands */
	ring.next = 2;
	write_numbered(3, 10);
	CHECK(log_ring_read(&ring, &position, &record));
	check_numbered(1, 10);
	CHECK(!log_ring_read(&ring, &position, &record));
	for (unsigned number = 4; number <= COUNT / 2 + 1; number++)
		write_numbered(number, 10);
	CHECK(!log_ring_read(&ring, &position, &record));
	write_numbered(COUNT / 2 + 2, 10); /* the slot is more than half a round old now */
	CHECK(log_ring_read(&ring, &position, &record));
	check_numbered(3, 10);
	while (ring.next < COUNT + 1)
		CHECK(write_numbered((unsigned)ring.next + 1, 10));
	CHECK(!write_numbered(COUNT + 2, 10)); /* needs the slot that is being written */
	CHECK_EQ(ring.dropped, 1);
	CHECK(write_numbered(COUNT + 3, 10));
	CHECK_EQ(slots[1].state, 3);
}

/* One that wakes up a round late finds its slot taken by a younger ticket. */
TEST(log_ring_writer_that_comes_too_late)
{
	begin();
	for (unsigned number = 0; number < COUNT + 4; number++)
		write_numbered(number, 10);
	ring.next = 2; /* as if it had taken ticket 2 back then */
	CHECK(!write_numbered(99, 10));
	CHECK_EQ(ring.dropped, 1);
	CHECK_EQ(slots[2].state, 2 * (COUNT + 2) + 2);
}

TEST(log_ring_does_not_trust_a_length)
{
	uint64_t position = 0;

	begin();
	write_numbered(1, 10);
	write_numbered(2, 10);
	slots[0].head = LOG_RECORD_MAX + 1;
	CHECK(log_ring_read(&ring, &position, &record));
	CHECK_EQ(record.length, LOG_RECORD_MAX);
	CHECK(log_ring_read(&ring, &position, &record));
	check_numbered(2, 10);
}
