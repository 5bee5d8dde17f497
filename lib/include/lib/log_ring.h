#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * A ring of records that many write and many read at once, from any context, nmi included: nobody
 * waits for anybody. Memory is the caller's, zeroed: LOG_SLOT_SIZE bytes a slot, a power of two of
 * them, at least LOG_RECORD_SLOTS * 2. A record takes as many slots as its text needs; the oldest
 * are overwritten. lib/log_ring.c tells how it stays right.
 */
#define LOG_SLOT_SIZE 64
#define LOG_SLOT_BYTES 56
#define LOG_TEXT_MAX 512 /* longer records are cut */
#define LOG_RECORD_SLOTS ((16 + LOG_TEXT_MAX + LOG_SLOT_BYTES - 1) / LOG_SLOT_BYTES)

struct log_slot {
	uint64_t state; /* [A] 2 * ticket + 1 while written, 2 * ticket + 2 when it can be read */
	uint64_t words[LOG_SLOT_BYTES / 8]; /* [A] */
};

/* Zero-initialise, then set slots and count: fit for static initialisation. */
struct log_ring {
	struct log_slot *slots; /* [I] */
	uint64_t count;		/* [I] of slots, a power of two */
	uint64_t next;		/* [A] the next ticket */
	uint64_t dropped;	/* [A] records that found their slots still being written */
};

struct log_ring_record {
	uint64_t time;
	uint64_t lost; /* slots that were overwritten since the last one this reader saw */
	size_t length;
	uint8_t level;
	uint8_t cpu;
	char text[LOG_TEXT_MAX]; /* not NUL-terminated */
};

/* False: dropped, since a writer of the last round has not finished. Context: any. */
bool log_ring_write(struct log_ring *ring, uint64_t time, uint8_t level, uint8_t cpu,
		    const char *text, size_t length);
/*
 * The record at *@position (0: the oldest there is), which moves behind it. False: none yet.
 * Context: any.
 */
bool log_ring_read(struct log_ring *ring, uint64_t *position, struct log_ring_record *record);
