/*
 * Windows of addresses: lowest fit and rolling, both against a plain array that says who has what.
 * kernel/mm/address_range.c is compiled in here, with stand-ins for what is not pure.
 */
#include "test.h"

#include <stdlib.h>

#include "../../kernel/mm/address_range.c"

#define UNITS 1000

static uint64_t bits[BITMAP_WORDS(UNITS)];

static struct address_range fresh(bool rolling)
{
	memset(bits, 0, sizeof(bits));
	return (struct address_range)ADDRESS_RANGE_INIT("test", bits, UNITS, rolling);
}

TEST(lowest_fit_reuses_the_lowest)
{
	struct address_range range = fresh(false);
	size_t a, b, c;

	CHECK_EQ(address_range_take(&range, 10, &a), 0);
	CHECK_EQ(address_range_take(&range, 10, &b), 0);
	CHECK_EQ(a, 0);
	CHECK_EQ(b, 10);
	address_range_give(&range, a, 10);
	CHECK_EQ(address_range_take(&range, 11, &c), 0);
	CHECK_EQ(c, 20);
	CHECK_EQ(address_range_take(&range, 10, &c), 0);
	CHECK_EQ(c, 0);
}

TEST(rolling_returns_last)
{
	struct address_range range = fresh(true);
	size_t first, previous = 0;

	CHECK_EQ(address_range_take(&range, 7, &previous), 0);
	address_range_give(&range, previous, 7);
	for (unsigned i = 0; i < UNITS / 7 - 1; i++) {
		CHECK_EQ(address_range_take(&range, 7, &first), 0);
		CHECK_EQ(first, previous + 7);
		address_range_give(&range, first, 7);
		previous = first;
	}
	/* What is left at the end is too small: round to the start. */
	CHECK_EQ(address_range_take(&range, 7, &first), 0);
	CHECK_EQ(first, 0);
}

TEST(whole_window)
{
	for (unsigned rolling = 0; rolling < 2; rolling++) {
		struct address_range range = fresh(rolling);
		size_t first;

		CHECK_EQ(address_range_take(&range, UNITS + 1, &first), -ENOMEM);
		CHECK_EQ(address_range_take(&range, 0, &first), -ENOMEM);
		CHECK_EQ(address_range_take(&range, UNITS, &first), 0);
		CHECK_EQ(first, 0);
		CHECK_EQ(address_range_take(&range, 1, &first), -ENOMEM);
		address_range_give(&range, 500, 1);
		CHECK_EQ(address_range_take(&range, 2, &first), -ENOMEM);
		CHECK_EQ(address_range_take(&range, 1, &first), 0);
		CHECK_EQ(first, 500);
	}
}

TEST(run_across_the_cursor)
{
	struct address_range range = fresh(true);
	size_t first;

	CHECK_EQ(address_range_take(&range, UNITS, &first), 0);
	address_range_give(&range, 0, UNITS);
	range.cursor = 400;
	bitmap_set(bits, 700);
	bitmap_set(bits, 100);
	CHECK_EQ(address_range_take(&range, 599, &first), 0);
	CHECK_EQ(first, 101);
}

/* No unit twice, and a refusal only when there is indeed no such run. */
static void compare(bool rolling, unsigned seed)
{
	struct address_range range = fresh(rolling);
	bool taken[UNITS] = {false};
	struct {
		size_t first, count;
	} held[64] = {{0, 0}};

	srand(seed);
	for (unsigned step = 0; step < 20000; step++) {
		unsigned at = (unsigned)rand() % 64;
		size_t count = (size_t)rand() % 40 + 1, run = 0;

		if (held[at].count) {
			address_range_give(&range, held[at].first, held[at].count);
			memset(taken + held[at].first, 0, held[at].count);
			held[at].count = 0;
			continue;
		}
		if (address_range_take(&range, count, &held[at].first)) {
			for (size_t unit = 0; unit < UNITS; unit++) {
				run = taken[unit] ? 0 : run + 1;
				CHECK(run < count);
			}
			continue;
		}
		held[at].count = count;
		CHECK(held[at].first + count <= UNITS);
		for (size_t unit = held[at].first; unit < held[at].first + count; unit++) {
			CHECK(!taken[unit]);
			taken[unit] = true;
		}
	}
}

TEST(against_an_array)
{
	compare(false, 1);
	compare(true, 2);
}
