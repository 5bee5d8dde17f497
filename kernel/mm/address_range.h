#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/spinlock.h>

/*
 * Which units (frames, pages of a window, stacks, …) are taken, and rows of free ones. The lowest
 * fit keeps to the same few units; the rolling one returns to a unit as late as it can.
 * Context: any but irq and nmi; never sleeps.
 */
struct address_range {
	struct spinlock lock;
	uint64_t *bits; /* [L] one a unit, set: taken */
	size_t units;	/* [I] */
	bool rolling;	/* [I] */
	size_t cursor;	/* [L] rolling: where the last take ended; else: nothing below is free */
	size_t used;	/* [L] units taken; may be read without it */
};

#define ADDRESS_RANGE_INIT(name, bitmap, count, rolls)                                             \
	{                                                                                          \
		.lock = SPINLOCK_INIT(name), .bits = (bitmap), .units = (count),                   \
		.rolling = (rolls)                                                                 \
	}

/* @count units in a row; -ENOMEM, also for none. */
int address_range_take(struct address_range *range, size_t count, size_t *first);
/* Gives back any part of what was taken. */
void address_range_give(struct address_range *range, size_t first, size_t count);
