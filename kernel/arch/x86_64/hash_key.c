/*
 * The key of the hash tables. The rule: it never leaves the kernel, neither in a line of the log
 * nor in an order of names that can be listed.
 */
#include <arch/hash_key.h>

#include <stdbool.h>

#include <arch/control.h>

#define CPUID_RDRAND (1u << 30)
#define TRIES 10

struct hash_key hash_key;

static bool random_read(uint64_t *value)
{
	bool valid;

	asm volatile("rdrand %0" : "=r"(*value), "=@ccc"(valid));
	return valid;
}

static uint64_t draw(bool has_random)
{
	uint64_t value = 0;

	for (unsigned i = 0; has_random && i < TRIES && !random_read(&value); i++)
		;
	return hash_fold(value ^ tsc_read(), 0x9e3779b97f4a7c15u); /* 2^64 / golden ratio, odd */
}

void hash_key_init(void)
{
	bool has_random = cpuid(1, 0).ecx & CPUID_RDRAND;

	hash_key.start = draw(has_random);
	hash_key.factor = draw(has_random) | 1;
}
