#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mm/frame.h>
#include <mm/page_table.h>

/*
 * The module window: where modules' segments live, within reach of 32-bit relocations. Addresses
 * roll through the whole window, and the last ones freed rest in a quarantine, so that a late call
 * into a module that is gone faults. Each range has an absent page on both sides.
 *
 * Order of use:   alloc, write at range.write, publish   (load)
 *                 unmap into a batch, flush it, release   (unload; also for a range never
 * published) Context: any but irq and nmi; never sleeps.
 */
#define MODULE_WINDOW 0xffffffffa0000000ul
#define MODULE_WINDOW_PAGES 262144ul /* 1 GiB */

struct module_range {
	uint64_t address;     /* where it will run; 0: no range */
	size_t pages;	      /* 1 or more */
	unsigned char *write; /* where its bytes are written until it is published */
	uint64_t physical;    /* of contiguous frames not published yet, else 0 */
};

struct module_part {
	size_t pages;
	enum map_protection protection; /* MAP_TEXT, MAP_RODATA or MAP_DATA */
};

/*
 * Takes addresses and frames. Contents are undefined: the writer sets every byte, padding too.
 * When a contiguous run can be had, range->write is its place in the direct map and nothing is
 * mapped at range->address yet; else both are the same and the pages are writable there.
 * -ENOMEM: nothing was taken.
 */
int module_window_alloc(size_t pages, struct module_range *range);

/*
 * Gives the pages their final protection: @parts from the start of the range, in order, together
 * all its pages. No flush is needed after a contiguous alloc; otherwise this flushes once.
 * -ENOMEM (only before anything changed). Context: as tlb_flush.
 */
int module_window_publish(struct module_range *range, const struct module_part *parts,
			  unsigned count);

/* Unmaps the range and puts its frames into the batch. Also from the function of a stop. */
void module_window_unmap(struct module_range *range, struct tlb_batch *batch);
/* After the flush: the addresses go into the quarantine; range->address is 0 afterwards. */
void module_window_release(struct module_range *range);
/* The three in one: unmap, flush, release; nothing when there is no range. Context: as tlb_flush.
 */
void module_window_free(struct module_range *range);
