#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Physical memory in frames of 4 KiB, given out as single frames and as contiguous runs. All RAM
 * is always readable and writable at DIRECT_MAP + physical. Contents of a new frame are undefined.
 * Context: any but irq and nmi; never sleeps.
 */
#define PAGE_SHIFT 12
#define PAGE_SIZE 4096ul
#define DIRECT_MAP 0xffff800000000000ul

static inline void *direct_pointer(uint64_t physical)
{
	return (void *)(DIRECT_MAP + physical);
}

static inline uint64_t direct_physical(const void *pointer)
{
	return (uint64_t)pointer - DIRECT_MAP;
}

static inline size_t pages_for(size_t bytes)
{
	return bytes / PAGE_SIZE + (bytes % PAGE_SIZE != 0);
}

/* @count contiguous frames, aligned to a frame; -ENOMEM. Physical 0 is never given out. */
int frame_alloc(size_t count, uint64_t *physical);
/* Could @pointer be in the direct map? Any context. */
bool frame_covers(const void *pointer);
/* Gives back any part of what was allocated, in any order. */
void frame_free(uint64_t physical, size_t count);
