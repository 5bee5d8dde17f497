#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Makes every CPU forget @pages pages from @address on; none: nothing is done. CPUs idle in HLT are
 * not woken: they flush before they touch anything else. Context: thread or atomic with interrupts
 * on, no spinlock held.
 */
void tlb_flush(uint64_t address, size_t pages);

/*
 * The same from the function of a stop. The others forget everything before they leave the stop,
 * and until then touch nothing but their own stacks. Context: stopped.
 */
void tlb_flush_stopped(uint64_t address, size_t pages);
