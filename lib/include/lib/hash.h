#pragma once

#include <stdint.h>

/* FNV-1a (Fowler, Noll, Vo; public domain constants). Not for hostile keys in unbounded tables. */
#define HASH32_START 0x811c9dc5u

static inline uint32_t hash_text32(const char *text)
{
	uint32_t hash = HASH32_START;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 0x01000193u;
	return hash;
}
