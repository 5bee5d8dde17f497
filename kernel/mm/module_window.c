/*
 * The module window. A load should need no flush at all: when its frames can be had in one run they
 * are written through the direct map and appear in the window only with their final protection, so
 * no CPU can ever have seen them otherwise. Scattered frames are the exception and cost one flush.
 * The rule that keeps unload right: addresses go into the quarantine only after the flush.
 */
#include <mm/module_window.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/boot.h>
#include <kernel/spinlock.h>
#include <log/panic.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/module_window_internal.h>

#define QUARANTINE 64 /* ranges */

static BITMAP(window_bits, MODULE_WINDOW_PAGES);

static struct {
	struct spinlock lock;
	struct address_range addresses; /* [L] in pages; a range is preceded by its guard */
	size_t pages;			/* [L] held by ranges, guards not counted */
	struct {
		size_t first, units;
	} quarantine[QUARANTINE]; /* [L] a ring, the oldest at @oldest */
	unsigned oldest, resting; /* [L] */
} window = {.lock = SPINLOCK_INIT("module_window"),
	    .addresses = ADDRESS_RANGE_INIT(window_bits, MODULE_WINDOW_PAGES, true)};

/* The range that rested longest may be used again. */
static void quarantine_end_one(void)
{
	unsigned oldest = window.oldest;

	address_range_give(&window.addresses, window.quarantine[oldest].first,
			   window.quarantine[oldest].units);
	window.oldest = (oldest + 1) % QUARANTINE;
	window.resting--;
}

static void quarantine_add(size_t first, size_t units)
{
	unsigned at;

	if (window.resting == QUARANTINE)
		quarantine_end_one();
	at = (window.oldest + window.resting++) % QUARANTINE;
	window.quarantine[at].first = first;
	window.quarantine[at].units = units;
}

/* One unit more than the pages: the guard before them. */
static int addresses_take(size_t pages, uint64_t *address)
{
	size_t first;
	int error;

	spin_lock(&window.lock);
	for (;;) {
		error = address_range_take(&window.addresses, pages + 1, &first);
		if (!error || window.resting == 0)
			break;
		quarantine_end_one();
	}
	if (!error)
		window.pages += pages;
	spin_unlock(&window.lock);
	if (!error)
		*address = MODULE_WINDOW + (first + 1) * PAGE_SIZE;
	return error;
}

static void addresses_give(uint64_t address, size_t pages)
{
	spin_lock(&window.lock);
	quarantine_add((address - MODULE_WINDOW) / PAGE_SIZE - 1, pages + 1);
	window.pages -= pages;
	spin_unlock(&window.lock);
}

/* Frame by frame, writable in place until the range is published. */
static int map_scattered(struct module_range *range)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	uint64_t physical;
	size_t done;

	for (done = 0; done < range->pages; done++) {
		if (frame_alloc(1, &physical))
			break;
		if (page_map(range->address + done * PAGE_SIZE, physical, 1, MAP_DATA)) {
			frame_free(physical, 1);
			break;
		}
	}
	if (done == range->pages)
		return 0;
	page_unmap(range->address, done, true, &batch);
	tlb_flush(&batch);
	return -ENOMEM;
}

int module_window_alloc(size_t pages, struct module_range *range)
{
	int error;

	range->address = 0;
	if (pages == 0 || pages >= MODULE_WINDOW_PAGES || fault_injected(__func__))
		return -ENOMEM;
	error = addresses_take(pages, &range->address);
	if (error)
		return error;
	range->pages = pages;
	range->physical = 0;
	range->write = (unsigned char *)range->address;
	if (!frame_alloc(pages, &range->physical)) {
		range->write = direct_pointer(range->physical);
		return 0;
	}
	error = pages > 1 ? map_scattered(range) : -ENOMEM;
	if (error) {
		addresses_give(range->address, pages);
		range->address = 0;
	}
	return error;
}

static int publish_run(struct module_range *range, const struct module_part *parts, unsigned count)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	size_t done = 0;

	for (unsigned i = 0; i < count; i++) {
		if (page_map(range->address + done * PAGE_SIZE, range->physical + done * PAGE_SIZE,
			     parts[i].pages, parts[i].protection)) {
			page_unmap(range->address, done, false, &batch);
			tlb_flush(&batch);
			return -ENOMEM;
		}
		done += parts[i].pages;
	}
	range->physical = 0;
	range->write = NULL;
	return 0;
}

static void publish_scattered(struct module_range *range, const struct module_part *parts,
			      unsigned count)
{
	struct tlb_batch batch = TLB_BATCH_INIT;
	uint64_t address = range->address;

	for (unsigned i = 0; i < count; i++) {
		if (parts[i].protection != MAP_DATA && parts[i].pages > 0)
			page_protect(address, parts[i].pages, parts[i].protection, &batch);
		address += parts[i].pages * PAGE_SIZE;
	}
	range->write = NULL;
	tlb_flush(&batch);
}

int module_window_publish(struct module_range *range, const struct module_part *parts,
			  unsigned count)
{
	size_t total = 0;

	for (unsigned i = 0; i < count; i++)
		total += parts[i].pages;
	ASSERT(total == range->pages);
	if (fault_injected(__func__))
		return -ENOMEM;
	if (!range->physical)
		publish_scattered(range, parts, count);
	else if (publish_run(range, parts, count))
		return -ENOMEM;
	ASSERT(!debug_enabled || page_count_writable_text() == 0);
	return 0;
}

void module_window_unmap(struct module_range *range, struct tlb_batch *batch)
{
	if (!range->address)
		return;
	if (range->physical)
		frame_free(range->physical, range->pages); /* never published */
	else
		page_unmap(range->address, range->pages, true, batch);
	range->physical = 0;
}

void module_window_release(struct module_range *range)
{
	if (!range->address)
		return;
	addresses_give(range->address, range->pages);
	range->address = 0;
}

void module_window_free(struct module_range *range)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	module_window_unmap(range, &batch);
	tlb_flush(&batch);
	module_window_release(range);
}

size_t module_window_pages(void)
{
	return READ_ONCE(window.pages);
}
