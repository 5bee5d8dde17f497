#pragma once

#include <stdint.h>

#include <time/clock.h>

/*
 * A counter of known frequency that counts up and wraps: what the TSC is held against, and what the
 * clock falls back to. Reading it is slow (a device) but the same on every CPU.
 */
struct counter {
	const char *name;
	uint64_t (*read)(void);
	uint64_t mask;	    /* of the bits that count */
	uint64_t frequency; /* Hz */
};

/* The best that there is: HPET, else the ACPI timer, else the 8254. Boot. */
void counter_choose(const struct clock_hardware *hardware, struct counter *counter);
