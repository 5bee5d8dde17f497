#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/percpu.h>

/*
 * Each CPU's window (<kernel/percpu.h>): its struct cpu and the kernel's per-CPU data, the counters
 * of owners, the modules' per-CPU data. All of it is mapped when the CPU is brought up.
 */

/* Makes the window of CPU @cpu: the kernel's per-CPU data as linked, the rest zero. -ENOMEM. */
int percpu_window_create(unsigned cpu);

#define PERCPU_ALIGN MODULE_PERCPU_ALIGN

/* @size bytes at the same @offset (from gs) on every CPU, so aligned, contents undefined;
 * -ENOMEM. */
int percpu_alloc(size_t size, uint64_t *offset);
void percpu_free(uint64_t offset, size_t size);
