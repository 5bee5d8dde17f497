/*
 * The module window. The rule that keeps unload right: frames go back, and addresses into the
 * quarantine, only after the flush.
 */
#include <mm/module_window.h>

#include <string.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/mm_internal.h>

#define QUARANTINE 64	      /* ranges */
#define WINDOW_LEAST 0x4000ul /* pages: 64 MiB, of which one module may have all */

static BITMAP(window_bits, MODULE_WINDOW_PAGES);
static struct address_range addresses =
    ADDRESS_RANGE_INIT("module_addresses", window_bits, 0, true);

/* As many addresses as there is RAM: what guards and the quarantine take, others have. */
size_t module_window_init(size_t frames)
{
	addresses.units = min(max(frames, WINDOW_LEAST), MODULE_WINDOW_PAGES);
	return addresses.units;
}

/* A range of addresses, with the guard before its pages; no units: none. */
struct resting {
	size_t first, units;
};

static DEFINE_SPINLOCK(quarantine_lock);
static struct resting quarantine[QUARANTINE]; /* [L] a ring */
static unsigned oldest;			      /* [L] */
static size_t held_pages;		      /* [A] by ranges, guards not counted */

/* What has rested longest makes room, and may be used again. */
static void rest(struct resting range)
{
	struct resting out;

	spin_lock(&quarantine_lock);
	out = quarantine[oldest];
	quarantine[oldest] = range;
	oldest = (oldest + 1) % QUARANTINE;
	spin_unlock(&quarantine_lock);
	if (out.units > 0)
		address_range_give(&addresses, out.first, out.units);
}

/* When the window is full the quarantine ends, the oldest first. */
static int addresses_take(size_t units, size_t *first)
{
	int error = address_range_take(&addresses, units, first);

	for (unsigned i = 0; error && i < QUARANTINE; i++) {
		rest((struct resting){0});
		error = address_range_take(&addresses, units, first);
	}
	return error;
}

int module_window_alloc(size_t pages, struct module_range *range)
{
	uint64_t physical;
	size_t first;

	if (fault_injected(__func__) || addresses_take(pages + 1, &first))
		return -ENOMEM;
	if (frame_alloc(pages, &physical)) {
		address_range_give(&addresses, first, pages + 1);
		return -ENOMEM;
	}
	range->address = MODULE_WINDOW + (first + 1) * PAGE_SIZE;
	range->physical = physical;
	range->pages = pages;
	__atomic_fetch_add(&held_pages, pages, __ATOMIC_RELAXED);
	return 0;
}

/*
 * Frames that held code are cleared: the emulator drops a translation when its code is overwritten,
 * and as long as one is left every store to that frame is slow, whatever has it by then.
 */
void module_window_free_frames(struct module_range *range, size_t code)
{
	if (!range->physical)
		return;
	memset(direct_pointer(range->physical), 0, code);
	frame_free(range->physical, range->pages);
	__atomic_fetch_sub(&held_pages, range->pages, __ATOMIC_RELAXED);
	range->physical = 0;
}

void module_window_release(struct module_range *range, size_t code)
{
	if (!range->address)
		return;
	module_window_free_frames(range, code);
	rest((struct resting){(range->address - MODULE_WINDOW) / PAGE_SIZE - 1, range->pages + 1});
}

size_t module_window_pages(void)
{
	return READ_ONCE(held_pages);
}
