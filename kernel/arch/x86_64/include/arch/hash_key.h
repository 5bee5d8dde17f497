#pragma once

#include <lib/hash.h>

/*
 * The key of all hash tables whose keys come from files or modules, so that no file can be made to
 * fill one chain. [I]: set by hash_key_init, before the first table is used.
 */
extern struct hash_key hash_key;

/*
 * Draws the key: from RDRAND where the processor has it (CPUID.01H:ECX[30]; Intel SDM vol. 1,
 * 7.3.17.1: up to ten tries), and always from the time stamp counter. Context: early.
 */
void hash_key_init(void);
