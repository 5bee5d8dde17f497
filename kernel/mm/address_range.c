/*
 * Windows of addresses as bitmaps. A search starts at the cursor, so that it passes over what is
 * known to be taken only once in a while, and costs a load for each 64 units it passes.
 */
#include <mm/address_range.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

static size_t find(const struct address_range *range, size_t count)
{
	size_t first = bitmap_find_clear_run(range->bits, range->units, range->cursor, count);
	size_t limit;

	if (first < range->units || range->cursor == 0)
		return first;
	/* Once round: a run may also lie across the cursor. */
	limit = min(range->units, range->cursor + count - 1);
	first = bitmap_find_clear_run(range->bits, limit, 0, count);
	return first < limit ? first : range->units;
}

int address_range_take(struct address_range *range, size_t count, size_t *first)
{
	size_t found;

	if (count == 0 || count > range->units)
		return -ENOMEM;
	found = find(range, count);
	if (found >= range->units)
		return -ENOMEM;
	bitmap_set_range(range->bits, found, count);
	if (range->rolling || found == range->cursor)
		range->cursor = found + count;
	*first = found;
	return 0;
}

void address_range_give(struct address_range *range, size_t first, size_t count)
{
	bitmap_clear_range(range->bits, first, count);
	if (!range->rolling && first < range->cursor)
		range->cursor = first;
}
