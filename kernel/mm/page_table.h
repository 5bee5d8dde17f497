#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mm/tlb.h>

/*
 * The one address space. Nothing is ever writable and executable at the same address. A page that
 * is not mapped needs no flush to become mapped; any other change goes into a batch.
 * Addresses are page-aligned. Context: any but irq and nmi; never sleeps.
 */
enum map_protection {
	MAP_RODATA,
	MAP_DATA, /* read, write */
	MAP_TEXT, /* read, execute */
	MAP_UNCACHED,
	MAP_COMBINING, /* write-combining device memory */
};

/* Maps absent pages to contiguous frames. -ENOMEM: nothing was mapped. */
int page_map(uint64_t address, uint64_t physical, size_t pages, enum map_protection protection);
/* Takes pages out, absent ones too; with @release their frames go back when the batch is flushed.
 */
void page_unmap(uint64_t address, size_t pages, bool release, struct tlb_batch *batch);
void page_protect(uint64_t address, size_t pages, enum map_protection protection,
		  struct tlb_batch *batch);
/* Where a page leads and what may be done there; -EFAULT when absent. No lock; any context. */
int page_look_up(uint64_t address, uint64_t *physical, enum map_protection *protection);
/* May these bytes be read without a fault? Any context. */
bool page_readable(const void *pointer, size_t size);
/* How many pages may be both written and executed: none. Looks at every table; for checks. */
size_t page_count_writable_text(void);
/* What CR3 holds on every CPU; below 4 GiB. */
uint64_t page_table_root(void);
