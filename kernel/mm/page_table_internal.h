#pragma once

#include <mm/page_table.h>

struct mm_boot;

/* Boot: the root, the direct map of usable RAM, the kernel image; then loads it. */
int page_table_init(const struct mm_boot *boot);
/* Fills the reserve of page tables: from here on what is mapped and unmapped again leaves the
 * number of free frames as it was. */
int page_table_reserve(void);
/* Tables that the batch took out, after the flush. */
void page_table_give(uint64_t chain);
