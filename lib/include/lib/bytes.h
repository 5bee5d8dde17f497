#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Reading little-endian numbers out of byte ranges that are not trusted. Every bound is decided
 * by bytes_in_range; the loads below need a range that passed it, and no alignment.
 */
static inline bool bytes_in_range(uint64_t offset, uint64_t length, uint64_t size)
{
	return offset <= size && length <= size - offset;
}

static inline uint16_t load_u16(const void *from)
{
	uint16_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static inline uint32_t load_u32(const void *from)
{
	uint32_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}

static inline uint64_t load_u64(const void *from)
{
	uint64_t value;

	memcpy(&value, from, sizeof(value));
	return value;
}
