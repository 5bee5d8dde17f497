#pragma once

#include <stdint.h>

#include <kernel/time.h>

/*
 * The clock behind time_now(). clock_init measures the TSC against a counter of known frequency and
 * takes it if they agree; otherwise that counter is the clock. Without a counter that counts, the
 * TSC is the clock if CPUID tells its frequency. Before clock_init time_now() counts
 * TSC ticks as if they were at 1 GHz.
 */

/* What core found. A counter that does not count is passed over; the 8254 comes last. */
struct clock_hardware {
	volatile uint64_t *hpet; /* registers, mapped uncached; NULL: none */
	uint16_t pm_port;	 /* ACPI PM timer's I/O port; 0: none */
	uint64_t entry_tsc;	 /* the TSC at the kernel's entry: time 0 */
};

/* Once, on the boot CPU, interrupts on or off; takes some 10 ms. Logs what it chose; panics if the
 * machine has no clock at all. */
void clock_init(const struct clock_hardware *hardware);

/* If the clock is a counter that wraps: read it at least once in so many ns. 0: no need. */
uint64_t clock_keepalive(void);

/*
 * Bringing up a CPU: the starter reads the TSC before it starts it and after it has come, the
 * newcomer in between. If the newcomer's is not between the others the TSCs differ, and the clock
 * falls back to the counter, without going back; panics if there is none. Boot only.
 */
void clock_judge(uint64_t before, uint64_t newcomer, uint64_t after);
