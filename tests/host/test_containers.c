/* Lists, bitmaps, hashes and the arithmetic of compiler.h, against plain models. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#include <lib/bitmap.h>
#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/hash.h>
#include <lib/list.h>

struct item {
	int value;
	struct list_node node;
};

static const char *listed(const struct list_node *head)
{
	static char text[32];
	struct item *item;
	char *end = text;

	list_for_each(item, head, node)
		*end++ = (char)('0' + item->value);
	*end = '\0';
	list_for_each_reverse(item, head, node)
		CHECK_EQ(item->value, *--end - '0');
	CHECK(end == text);
	CHECK_EQ(list_count(head), strlen(text));
	return text;
}

TEST(list_operations)
{
	struct item items[5];
	LIST_HEAD(head);

	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_init(&items[i].node);
	}
	CHECK(list_is_empty(&head));
	CHECK(list_first(&head, struct item, node) == NULL);
	list_add_last(&head, &items[1].node);
	list_add_first(&head, &items[0].node);
	list_add_last(&head, &items[3].node);
	list_add_last(&items[3].node, &items[2].node);
	CHECK_STR(listed(&head), "0123");
	CHECK(list_first(&head, struct item, node) == &items[0]);
	list_remove(&items[2].node);
	list_remove(&items[2].node);
	CHECK_STR(listed(&head), "013");
	list_add_first(&items[1].node, &items[4].node);
	CHECK_STR(listed(&head), "0143");
	list_remove(&items[0].node);
	CHECK_STR(listed(&head), "143");
}

TEST(list_remove_while_walking)
{
	struct item *item, *next;
	LIST_HEAD(head);

	for (int i = 0; i < 6; i++) {
		item = malloc(sizeof(*item));
		item->value = i;
		list_add_last(&head, &item->node);
	}
	list_for_each_safe(item, next, &head, node) {
		if (item->value % 2 == 0) {
			list_remove(&item->node);
			free(item);
		}
	}
	CHECK_STR(listed(&head), "135");
	list_for_each_safe(item, next, &head, node)
		free(item);
}

static bool range_is(const uint64_t *map, size_t from, size_t to, bool value)
{
	for (size_t bit = from; bit < to; bit++) {
		if (bitmap_test(map, bit) != value)
			return false;
	}
	return true;
}

static size_t first_run(const uint64_t *map, size_t bits, size_t from, size_t count)
{
	for (; from + count <= bits; from++) {
		if (range_is(map, from, from + count, false))
			return from;
	}
	return bits;
}

TEST(bitmap_ranges)
{
	static const size_t bounds[] = {0, 1, 31, 63, 64, 65, 127, 128, 130};

	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		for (size_t j = i; j < ARRAY_SIZE(bounds); j++) {
			size_t from = bounds[i], to = bounds[j];
			BITMAP(map, 130) = {0};

			bitmap_fill(map, from, to - from, true);
			CHECK(range_is(map, 0, from, false) && range_is(map, from, to, true) &&
			      range_is(map, to, 130, false));
			CHECK_EQ(bitmap_count_set(map, 130), to - from);
			for (size_t run = 1; run <= 131; run += 13)
				CHECK_EQ(bitmap_find_clear_run(map, 130, from / 2, run),
					 first_run(map, 130, from / 2, run));
			for (size_t run = 1; run <= 131; run += 13)
				CHECK_EQ(bitmap_find_clear_run(map, 130, from, run),
					 first_run(map, 130, from, run));
			memset(map, 0xff, sizeof(map));
			bitmap_fill(map, from, to - from, false);
			CHECK(range_is(map, 0, from, true) && range_is(map, from, to, false) &&
			      range_is(map, to, 130, true));
		}
	}
}

TEST(bitmap_bits_past_the_end_do_not_count)
{
	BITMAP(map, 70) = {~0ull, ~0ull};

	CHECK_EQ(bitmap_count_set(map, 70), 70);
	CHECK_EQ(bitmap_find_clear_run(map, 70, 0, 1), 70);
	bitmap_fill(map, 69, 1, false);
	CHECK_EQ(bitmap_find_clear_run(map, 69, 0, 1), 69);
	CHECK_EQ(bitmap_find_clear_run(map, 70, 0, 1), 69);
	CHECK_EQ(bitmap_find_clear_run(map, 70, 0, 2), 70);
	bitmap_set(map, 69);
	CHECK(bitmap_test(map, 69));
	CHECK_EQ(bitmap_find_clear_run(map, 0, 0, 1), 0);
}

TEST(hash_known_values)
{
	const struct hash_key key = {0x0123456789abcdef, 0x9e3779b97f4a7c15};

	CHECK_EQ(hash_text(&key, ""), 0xd5ff218eu);
	CHECK_EQ(hash_text(&key, "a"), 0x10a62c7fu);
	CHECK_EQ(hash_text(&key, "foobar12"), 0x254670f3u);
	CHECK_EQ(hash_text(&key, "foobar123"), 0xae0e2decu);
}

/* Names chosen to share a bucket under one key are spread by another. */
TEST(hash_depends_on_its_key)
{
	const struct hash_key known = {1, 0x9e3779b97f4a7c15},
			      drawn = {0x5bd1e995, 0xff51afd7ed558ccd};
	unsigned chosen = 0, together = 0;
	char name[16];

	for (unsigned i = 0; chosen < 256; i++) {
		snprintf(name, sizeof(name), "name_%u", i);
		if (hash_text(&known, name) % 256 != 0)
			continue;
		chosen++;
		together += hash_text(&drawn, name) % 256 == 0;
	}
	CHECK(together < 16);
}

TEST(compiler_arithmetic)
{
	CHECK_EQ(align_up(4096u, 4096), 4096);
	CHECK_EQ(align_up(4097u, 4096), 8192);
	CHECK_EQ(align_down(4097u, 4096), 4096);
	CHECK_EQ(align_down(UINT64_MAX, 4096u), UINT64_MAX - 4095);
	CHECK_EQ(min(3, 4) * 10 + max(3, 4), 34);
	CHECK(bytes_in_range(0, 0, 0) && bytes_in_range(3, 1, 4) && bytes_in_range(4, 0, 4));
	CHECK(!bytes_in_range(5, 0, 4) && !bytes_in_range(4, 1, 4));
	CHECK(!bytes_in_range(UINT64_MAX, 2, 8) && !bytes_in_range(2, UINT64_MAX, 8));
}
