/* Distances between names: every case against the definition, and names too long or too far. */
#include "nearest.h"

#include <string.h>

#include "test.h"

static const struct {
	const char *a, *b;
	unsigned distance;
} rows[] = {
    {"", "", 0},
    {"a", "", 1},
    {"abc", "abc", 0},
    {"abc", "abd", 1},
    {"abc", "ac", 1},
    {"abc", "xabc", 1},
    {"pirntk", "printk", 2},
    {"kitten", "sitting", 3},
    {"abcdef", "ghijkl", 6},
    {"ab", "ba", 2},
    {"intention", "execution", 5},
};

TEST(distances)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (unsigned limit = 0; limit < 9; limit++) {
			unsigned wanted = rows[i].distance <= limit ? rows[i].distance : limit + 1;

			CHECK_EQ(name_distance(rows[i].a, rows[i].b, limit), wanted);
			CHECK_EQ(name_distance(rows[i].b, rows[i].a, limit), wanted);
		}
}

TEST(long_names)
{
	char a[NEAREST_LONGEST + 2], b[NEAREST_LONGEST + 2];

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	a[NEAREST_LONGEST] = b[NEAREST_LONGEST] = '\0';
	CHECK_EQ(name_distance(a, a, 3), 0);
	CHECK_EQ(name_distance(a, b, 3), 4);
	CHECK_EQ(name_distance(a, b, 200), NEAREST_LONGEST);
	a[NEAREST_LONGEST] = 'a';
	a[NEAREST_LONGEST + 1] = '\0';
	CHECK_EQ(name_distance(a, a, 3), 4);
}

TEST(reach)
{
	CHECK_EQ(name_reach("ab"), 0);
	CHECK_EQ(name_reach("abcdef"), 2);
	CHECK_EQ(name_reach("a_name_of_many_characters"), 3);
}
