#pragma once

#include <block/blkdev.h>

/*
 * For drivers: which request is under which number in the device, at most 64 at once. The numbers
 * are kept where the device cannot write. Context: any but nmi.
 */
#define BLOCK_SLOTS 64u

struct block_slots {
	struct spinlock lock;			     /* taken by interrupts */
	unsigned count;				     /* [I] */
	uint64_t taken;				     /* [L] a bit each */
	struct block_request *requests[BLOCK_SLOTS]; /* [L] NULL: free */
};

void block_slots_init(struct block_slots *slots, unsigned count);
/* A free number; BLOCK_SLOTS: there is none. */
unsigned block_slot_take(struct block_slots *slots, struct block_request *request);
/* The request, and the number is free; NULL: it was. */
struct block_request *block_slot_give(struct block_slots *slots, uint64_t slot);
/* The request under a number that the device has named; NULL: there is none. */
struct block_request *block_slot_look(struct block_slots *slots, uint64_t slot);
