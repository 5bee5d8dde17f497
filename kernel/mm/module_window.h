#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The module window: where modules' segments live, within reach of 32-bit relocations. Addresses
 * roll through the whole window, and the last ones freed rest in a quarantine, so that a late call
 * into a module that is gone faults. Each range has an absent page on both sides.
 *
 * Order of use: alloc; write its frames through the direct map; page_map each segment with its
 * final protection (load). page_clear the range, flush, release (unload). So no page of it is ever
 * seen with another protection, and a load needs no flush. Never sleeps.
 */
#define MODULE_WINDOW 0xffffffffa0000000ul
#define MODULE_WINDOW_PAGES 262144ul /* 1 GiB; fewer on a machine of less RAM */

struct module_range {
	uint64_t address;  /* where it will run; 0: no range */
	uint64_t physical; /* of its frames, one run; contents undefined at first; 0: none left */
	size_t pages;
};

/* Takes addresses and frames. -ENOMEM: nothing was taken. Context: any but irq and nmi. */
int module_window_alloc(size_t pages, struct module_range *range);
/*
 * After the flush: the frames go back, of which the first @code bytes may hold code, and, with
 * release, the addresses into the quarantine. Nothing of what is gone or was never taken.
 */
void module_window_free_frames(struct module_range *range, size_t code);
void module_window_release(struct module_range *range, size_t code);
