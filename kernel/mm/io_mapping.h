#pragma once

#include <mm/heap.h>

/*
 * Addresses for what the direct map does not have: <kernel/io.h>'s mappings. Each range has an
 * absent page on both sides.
 */
#define IO_WINDOW 0xffffc00000000000ul
#define IO_PAGES 32768ul /* 128 MiB */

/* Removes the mappings of the owner in @slot after showing each. Context: as tlb_flush. */
void io_mapping_sweep(unsigned slot, heap_show *show, void *argument);
