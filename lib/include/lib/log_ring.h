#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A ring of records that many write and many read at once, from any context, nmi included: nobody
 * waits for anybody. Memory is the caller's, zeroed: a power of two of slots, each of which takes a
 * record; the oldest are overwritten. lib/log_ring.c tells how it stays right.
 */
#define LOG_RECORD_MAX 512 /* longer ones are cut */

struct log_record {
	uint64_t time;	/* ns */
	unsigned level; /* 0 to 7 */
	size_t length;
	char text[LOG_RECORD_MAX]; /* no newline; not NUL-terminated */
};

struct log_slot {
	uint64_t state; /* [A] 2 * ticket + 1 while written, 2 * ticket + 2 when it can be read */
	uint64_t head;	/* [A] length and, from bit 32, level */
	uint64_t time;	/* [A] */
	uint64_t text[LOG_RECORD_MAX / 8]; /* [A] */
};

/* Zero-initialise, then set slots and count: fit for static initialisation. */
struct log_ring {
	struct log_slot *slots; /* [I] */
	uint64_t count;		/* [I] of slots, a power of two */
	uint64_t next;		/* [A] the next ticket */
	uint64_t dropped;	/* [A] records that found their slot still being written */
};

/* False: dropped, since a writer of the last round has not finished. Context: any. */
bool log_ring_write(struct log_ring *ring, uint64_t time, unsigned level, const char *text,
		    size_t length);
/*
 * The record at *@position (0: the oldest there is), which moves behind it; those that have been
 * overwritten are passed over. False: none yet. Context: any.
 */
bool log_ring_read(struct log_ring *ring, uint64_t *position, struct log_record *record);
