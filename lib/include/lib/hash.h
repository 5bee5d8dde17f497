#pragma once

#include <stdint.h>
#include <string.h>

#include <lib/bytes.h>

/*
 * A hash of text under a key: what does not know the key cannot make texts that fall together.
 * Eight bytes at a time are multiplied with the key, and both halves of the product are kept (the
 * method of wyhash, public domain). The key is drawn once, and one table always uses the same.
 */
struct hash_key {
	uint64_t start;
	uint64_t factor; /* odd */
};

static inline uint64_t hash_fold(uint64_t hash, uint64_t factor)
{
	unsigned __int128 product = (unsigned __int128)hash * factor;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Texts have no NUL inside, so that no two of them give the same row of words. */
static inline uint32_t hash_text(const struct hash_key *key, const char *text)
{
	uint64_t hash = key->start, rest = 0;
	size_t length = strlen(text);

	for (; length >= sizeof(hash); length -= sizeof(hash), text += sizeof(hash))
		hash = hash_fold(hash ^ load_u64(text), key->factor);
	for (; length > 0; length--)
		rest = rest << 8 | (uint8_t)*text++;
	return (uint32_t)hash_fold(hash ^ rest, key->factor);
}
