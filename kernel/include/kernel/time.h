#pragma once

#include <stdint.h>

/* Nanoseconds since the kernel's entry; never goes back on one CPU. Context: any. */
uint64_t time_now(void);

#define TIME_US 1000ull
#define TIME_MS 1000000ull
#define TIME_SECOND 1000000000ull

void time_sleep(uint64_t nanoseconds); /* thread; at least as long */
void time_delay(uint64_t nanoseconds); /* any; spins, for hardware that needs a moment */
