#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The one address space. All tables of all windows are there from boot on, so mapping and unmapping
 * write entries and nothing else, and cannot fail; an entry is written by the owner of its address,
 * so there is no lock. Nothing is ever writable and executable at the same address. Addresses are
 * page-aligned and lie in a window (mm.c). Context: any but irq and nmi; never sleeps.
 */
enum map_protection {
	MAP_RODATA,
	MAP_DATA, /* read, write */
	MAP_TEXT, /* read, execute */
	MAP_UNCACHED,
	MAP_COMBINING, /* write-combining device memory */
};

/* Maps absent pages to contiguous frames. They need no flush: no TLB remembers an absent page. */
void page_map(uint64_t address, uint64_t physical, size_t pages, enum map_protection protection);
/* Takes pages out, absent ones too, and flushes every CPU. Context: as tlb_flush. */
void page_unmap(uint64_t address, size_t pages);
/* The same without the flush, which the caller owes before it gives frames or addresses back. */
void page_clear(uint64_t address, size_t pages);
/*
 * Says whose pages these are, present or absent, by the slot of the owner, until they are cleared.
 * page_owner: the slot of an address; 0: a page of the kernel's, or of none. Any context.
 */
void page_set_owner(uint64_t address, size_t pages, uint64_t slot);
unsigned page_owner(uint64_t address, bool *present);
/* Where a page leads; -EFAULT when absent. Any context. */
int page_look_up(uint64_t address, uint64_t *physical);
/* May these bytes be read without a fault? Any context. */
bool page_readable(const void *pointer, size_t size);
