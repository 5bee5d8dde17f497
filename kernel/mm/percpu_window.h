#pragma once

#include <stddef.h>
#include <stdint.h>

#include <kernel/percpu.h>

/*
 * Each CPU's window (<kernel/percpu.h>): its struct cpu and the kernel's per-CPU data, the counters
 * of owners, the modules' per-CPU data. What is mapped for one CPU is mapped for all that have a
 * window. Never sleeps, but frees flush: their context is that of tlb_flush.
 */

/* Makes the window of CPU @cpu: a copy of the kernel's per-CPU image, zero counters. -ENOMEM. */
int percpu_window_create(unsigned cpu);
/* Only before the CPU has ever run. */
void percpu_window_destroy(unsigned cpu);

/*
 * Makes the owner table's entry and the counters of @slot exist, zero when their page is new
 * (a slot used before keeps what its last owner left: the bus clears it). -ENOMEM.
 */
int owner_slot_open(unsigned slot);
/* Gives the page back with the last slot in it. Slot 0's page stays for ever. */
void owner_slot_close(unsigned slot);

/* @size bytes at the same @offset (from gs) on every CPU, zeroed, 64-byte aligned; -ENOMEM. */
int percpu_alloc(size_t size, uint64_t *offset);
void percpu_free(uint64_t offset, size_t size);
