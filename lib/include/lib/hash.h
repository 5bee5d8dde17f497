#pragma once

#include <stddef.h>
#include <stdint.h>

/* FNV-1a (Fowler, Noll, Vo; public domain constants). Not for hostile keys in unbounded tables. */
#define HASH32_START 0x811c9dc5u
#define HASH64_START 0xcbf29ce484222325ull

static inline uint32_t hash_text32(const char *text)
{
	uint32_t hash = HASH32_START;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 0x01000193u;
	return hash;
}

static inline uint64_t hash_text64(const char *text)
{
	uint64_t hash = HASH64_START;

	for (; *text != '\0'; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3ull;
	return hash;
}

static inline uint32_t hash_bytes32(const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	uint32_t hash = HASH32_START;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x01000193u;
	return hash;
}
