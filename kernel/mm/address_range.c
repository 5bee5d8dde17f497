/*
 * All that mm gives out in rows: frames and addresses, each a bitmap. A search starts at the
 * cursor, so that it passes over what is known to be taken only once in a while, and costs a load
 * for each 64 units it passes.
 */
#include <mm/address_range.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <log/panic.h>

static size_t find(const struct address_range *range, size_t count)
{
	size_t first = bitmap_find_clear_run(range->bits, range->units, range->cursor, count);
	size_t limit;

	if (first < range->units || !range->rolling)
		return first;
	/* Once round: a run may also lie across the cursor. */
	limit = min(range->units, range->cursor + count - 1);
	first = bitmap_find_clear_run(range->bits, limit, 0, count);
	return first < limit ? first : range->units;
}

int address_range_take(struct address_range *range, size_t count, size_t *first)
{
	size_t found = range->units;

	if (count == 0 || count > range->units)
		return -ENOMEM;
	spin_lock(&range->lock);
	found = find(range, count);
	if (found < range->units) {
		bitmap_fill(range->bits, found, count, true);
		range->used += count;
		/* The first free unit of all is the one that a row of one finds. */
		if (range->rolling || found == range->cursor || count == 1)
			range->cursor = found + count;
	}
	spin_unlock(&range->lock);
	*first = found;
	return found < range->units ? 0 : -ENOMEM;
}

void address_range_give(struct address_range *range, size_t first, size_t count)
{
	spin_lock(&range->lock);
	ASSERT(bitmap_test(range->bits, first));
	bitmap_fill(range->bits, first, count, false);
	range->used -= count;
	if (!range->rolling)
		range->cursor = min(range->cursor, first);
	spin_unlock(&range->lock);
}
