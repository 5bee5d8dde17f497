#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mm/mm.h>

/*
 * The boot's memory map, cut into pieces of whole frames. Pure: bounds in, pieces out. Ranges may
 * be unsorted, unaligned, adjacent and overlap.
 */
struct memory_piece {
	uint64_t start, end; /* frame-aligned, not empty */
};

/*
 * The next piece of @boot->usable[*index] and those after it, at or after @piece->end, that is in
 * no earlier usable range and, with @unreserved, in no reserved one. Begin with *index 0 and
 * *@piece all zero; false ends. Frame 0 is never part of a piece.
 */
bool memory_map_next(const struct mm_boot *boot, bool unreserved, unsigned *index,
		     struct memory_piece *piece);
/* One past the highest byte of usable RAM. */
uint64_t memory_map_top(const struct mm_boot *boot);
