/*
 * Pieces of the boot's memory map. Usable ranges shrink to whole frames, reserved ones grow to
 * them, and the first of two overlapping ranges has the frames: so each usable frame comes once.
 */
#include <mm/memory_map.h>

#include <lib/compiler.h>

#include <mm/frame.h>

static uint64_t range_end(const struct mm_range *range)
{
	uint64_t end = range->start + range->size;

	/* Above what the tables can map, or wrapped round: nothing that we could use. */
	return end < range->start || end > 1ull << 46 ? 1ull << 46 : end;
}

static struct memory_piece shrunk(const struct mm_range *range)
{
	struct memory_piece piece = {PAGE_SIZE, align_down(range_end(range), PAGE_SIZE)};

	if (range->start > PAGE_SIZE)
		piece.start = align_up(min(range->start, 1ull << 46), PAGE_SIZE);
	return piece;
}

/* Moves the start of @piece behind @taken if it lies in it, else its end before it. */
static bool cut(struct memory_piece *piece, uint64_t start, uint64_t end)
{
	if (start >= end || end <= piece->start || start >= piece->end)
		return false;
	if (start > piece->start) {
		piece->end = start;
		return false;
	}
	piece->start = end;
	return true;
}

/* Cuts what is taken before its start or from inside; a piece that moved is looked at again. */
static void cut_all(const struct mm_boot *boot, bool unreserved, unsigned index,
		    struct memory_piece *piece)
{
	uint64_t end = piece->end;
	bool moved;

	do {
		moved = false;
		piece->end = end;
		for (unsigned i = 0; i < index; i++) {
			struct memory_piece other = shrunk(&boot->usable[i]);

			moved |= cut(piece, other.start, other.end);
		}
		for (unsigned i = 0; unreserved && i < boot->reserved_count; i++) {
			const struct mm_range *other = &boot->reserved[i];
			uint64_t last = range_end(other);

			if (other->size > 0)
				moved |= cut(piece, align_down(other->start, PAGE_SIZE),
					     align_up(last, PAGE_SIZE));
		}
	} while (moved && piece->start < end);
}

bool memory_map_next(const struct mm_boot *boot, bool unreserved, unsigned *index,
		     struct memory_piece *piece)
{
	uint64_t from = piece->end;

	for (; *index < boot->usable_count; ++*index, from = 0) {
		*piece = shrunk(&boot->usable[*index]);
		piece->start = max(piece->start, from);
		if (piece->start >= piece->end)
			continue;
		cut_all(boot, unreserved, *index, piece);
		if (piece->start < piece->end)
			return true;
	}
	return false;
}

uint64_t memory_map_top(const struct mm_boot *boot)
{
	uint64_t top = 0;

	for (unsigned i = 0; i < boot->usable_count; i++)
		top = max(top, shrunk(&boot->usable[i]).end);
	return top;
}
