#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which units (pages, stacks, …) of a window of addresses are taken. The lowest fit keeps a window
 * dense, so that few page tables serve it; the rolling one returns to an address as late as it can.
 * Not locked: the owner of the window has the lock.
 */
struct address_range {
	uint64_t *bits; /* [I] one a unit, set: taken */
	size_t units;	/* [I] */
	bool rolling;	/* [I] */
	size_t cursor;	/* rolling: where the last take ended; else: nothing below is free */
};

#define ADDRESS_RANGE_INIT(bitmap, count, rolls)                                                   \
	{                                                                                          \
		.bits = (bitmap), .units = (count), .rolling = (rolls)                             \
	}

/* @count units in a row; -ENOMEM. */
int address_range_take(struct address_range *range, size_t count, size_t *first);
void address_range_give(struct address_range *range, size_t first, size_t count);
