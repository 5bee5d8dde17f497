/*
 * The least that relocating a file can cost: a loop that reads each entry and its symbol, and
 * stores the sum at an offset, without a look at bounds, types or fit. It is what the loader's own
 * loop is compared with.
 */
#pragma once

#include <stdint.h>

/* Goes once over all relocations of loaded sections of the valid file at @bytes; ns it took. */
uint64_t time_unchecked(const void *bytes);
