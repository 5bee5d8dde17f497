/*
 * The log ring under real threads: writers that overtake each other in a small ring, and readers
 * that are overtaken. Each record's bytes follow from its number, so that one that is torn, made of
 * two, or read twice is seen; the thread sanitizer sees the rest.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/log_ring.h>

#define SLOTS 16 /* overtaking is the rule */
#define WRITERS 3
#define READERS 2
#define RECORDS 30000

static struct log_slot slots[SLOTS];
static struct log_ring ring = {.slots = slots, .count = SLOTS};
static unsigned writers_left = WRITERS;
static unsigned long written, dropped;

static size_t length_of(uint64_t number)
{
	return number * 37 % (LOG_RECORD_MAX + 1);
}

static char byte_of(uint64_t number, size_t at)
{
	return (char)(number * 31 + at * 7);
}

static void fail(const char *what, const struct log_record *record)
{
	printf("FAIL log_ring_race %s: record %llx of %zu bytes\n", what,
	       (unsigned long long)record->time, record->length);
	printf("0 passed, 1 failed\n");
	exit(1);
}

static void *write_records(void *argument)
{
	uint64_t writer = (uintptr_t)argument;
	char text[LOG_RECORD_MAX];

	for (uint64_t i = 0; i < RECORDS; i++) {
		uint64_t number = i * WRITERS + writer;
		size_t length = length_of(number);

		for (size_t at = 0; at < length; at++)
			text[at] = byte_of(number, at);
		if (log_ring_write(&ring, number, (unsigned)(number % 8), text, length))
			__atomic_fetch_add(&written, 1, __ATOMIC_RELAXED);
		else
			__atomic_fetch_add(&dropped, 1, __ATOMIC_RELAXED);
	}
	__atomic_fetch_sub(&writers_left, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* One writer's records come in its order, each at most once. */
static void check(const struct log_record *record, uint64_t *next_of_writer)
{
	uint64_t number = record->time, writer = number % WRITERS;

	if (number >= (uint64_t)RECORDS * WRITERS || record->length != length_of(number) ||
	    record->level != number % 8)
		fail("has a wrong head", record);
	for (size_t at = 0; at < record->length; at++) {
		if (record->text[at] != byte_of(number, at))
			fail("is torn", record);
	}
	if (number < next_of_writer[writer])
		fail("comes twice or out of order", record);
	next_of_writer[writer] = number + 1;
}

static void *read_records(void *argument)
{
	unsigned long *count = argument;
	uint64_t position = 0, next_of_writer[WRITERS] = {0};
	struct log_record record;

	for (;;) {
		unsigned left = __atomic_load_n(&writers_left, __ATOMIC_ACQUIRE);

		if (log_ring_read(&ring, &position, &record)) {
			check(&record, next_of_writer);
			++*count;
		} else if (left == 0) {
			return NULL;
		}
	}
}

int main(void)
{
	pthread_t writers[WRITERS], readers[READERS];
	unsigned long counts[READERS] = {0};

	for (int i = 0; i < READERS; i++)
		pthread_create(&readers[i], NULL, read_records, &counts[i]);
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&writers[i], NULL, write_records, (void *)(uintptr_t)i);
	for (int i = 0; i < WRITERS; i++)
		pthread_join(writers[i], NULL);
	for (int i = 0; i < READERS; i++)
		pthread_join(readers[i], NULL);
	printf("%lu written, %lu dropped, read %lu and %lu\n", written, dropped, counts[0],
	       counts[1]);
	if (written + dropped != (unsigned long)RECORDS * WRITERS || dropped != ring.dropped ||
	    counts[0] == 0 || counts[1] == 0) {
		printf("FAIL log_ring_race: the counts do not add up\n0 passed, 1 failed\n");
		return 1;
	}
	printf("ok log_ring_race\n1 passed, 0 failed\n");
	return 0;
}
