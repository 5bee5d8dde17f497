#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mm/heap.h>

/* What the rest of mm knows of the heap. */

void heap_init(void);
/* Makes place to count the objects of @slot's group of owners (256 slots); -ENOMEM. */
int heap_slots_open(unsigned group);
void heap_slots_close(unsigned group);
/* Empty slabs go back to the frame allocator: were there any? Takes heap locks, one at a time. */
bool heap_give_back_spare(void);

struct heap_totals {
	size_t bytes, objects;
	size_t spare_pages; /* held beyond what the objects need */
};
void heap_count(struct heap_totals *totals);
