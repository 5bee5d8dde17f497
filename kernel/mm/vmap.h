#pragma once

#include <stddef.h>
#include <stdint.h>

#include <mm/page_table.h>

/*
 * Addresses for what the direct map cannot give: guard pages around it, or memory that is not RAM.
 * Each range has an absent page on both sides.
 */
#define VMAP_WINDOW 0xffffc00000000000ul
#define VMAP_PAGES 131072ul /* 512 MiB */

/* Maps @pages contiguous frames from @physical; -ENOMEM. Context: any but irq; never sleeps. */
int vmap_map(uint64_t physical, size_t pages, enum map_protection protection, uint64_t *address);
/* Takes it out again on every CPU; @release: the frames go back too. Context: as tlb_flush. */
void vmap_unmap(uint64_t address, size_t pages, bool release);
