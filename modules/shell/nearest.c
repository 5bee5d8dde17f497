/*
 * The distance between two names. Row I of the usual table has, for each beginning of the second
 * name, its distance from the first I characters of the first name; one row is kept. No row has a
 * smaller least entry than the row before it, so that the walk ends once that is above the limit.
 */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

#include <lib/compiler.h>

unsigned name_distance(const char *a, const char *b, unsigned limit)
{
	size_t rows = strlen(a), columns = strlen(b);
	uint8_t row[NEAREST_LONGEST + 1];

	if (rows > NEAREST_LONGEST || columns > NEAREST_LONGEST || rows > columns + limit ||
	    columns > rows + limit)
		return limit + 1;
	for (size_t i = 0; i <= columns; i++)
		row[i] = (uint8_t)i;
	for (size_t i = 1; i <= rows; i++) {
		uint8_t before = row[0]++, least = row[0]; /* before: up and left of the entry */

		for (size_t j = 1; j <= columns; j++) {
			uint8_t replaced = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] = min(replaced, (uint8_t)(min(row[j - 1], before) + 1));
			least = min(least, row[j]);
		}
		if (least > limit)
			return limit + 1;
	}
	return min((unsigned)row[columns], limit + 1);
}

unsigned name_reach(const char *name)
{
	return (unsigned)min(strlen(name) / 3, (size_t)3);
}
