#pragma once

#include <stdint.h>

#include <lib/bitmap.h>

#include <arch/cpu.h>

/* A set of CPUs, bit n for CPU n; <lib/bitmap.h> works on it. Not atomic. */
struct cpu_mask {
	BITMAP(bits, CPU_LIMIT);
};

/* for (cpu = each member of the mask) */
#define cpu_mask_for_each(cpu, mask)                                                               \
	for ((cpu) = bitmap_next_set((mask)->bits, CPU_LIMIT, 0); (cpu) < CPU_LIMIT;               \
	     (cpu) = bitmap_next_set((mask)->bits, CPU_LIMIT, (cpu) + 1))
