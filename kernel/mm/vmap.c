/*
 * The vmap window. The rule that keeps it right: addresses are free for others only after every CPU
 * has forgotten where they led.
 */
#include <mm/vmap.h>

#include <lib/bitmap.h>

#include <kernel/spinlock.h>

#include <mm/address_range.h>
#include <mm/frame.h>
#include <mm/tlb.h>

static BITMAP(vmap_bits, VMAP_PAGES);
static struct address_range vmap_range = ADDRESS_RANGE_INIT(vmap_bits, VMAP_PAGES, false);
static DEFINE_SPINLOCK(vmap);

/* The page before each range is its guard, and with the next range's the one behind it. */
static int addresses_take(size_t pages, uint64_t *address)
{
	size_t first;
	int error;

	spin_lock(&vmap);
	error = address_range_take(&vmap_range, pages + 1, &first);
	spin_unlock(&vmap);
	if (!error)
		*address = VMAP_WINDOW + (first + 1) * PAGE_SIZE;
	return error;
}

static void addresses_give(uint64_t address, size_t pages)
{
	spin_lock(&vmap);
	address_range_give(&vmap_range, (address - VMAP_WINDOW) / PAGE_SIZE - 1, pages + 1);
	spin_unlock(&vmap);
}

int vmap_map(uint64_t physical, size_t pages, enum map_protection protection, uint64_t *address)
{
	int error = addresses_take(pages, address);

	if (error)
		return error;
	error = page_map(*address, physical, pages, protection);
	if (error)
		addresses_give(*address, pages);
	return error;
}

void vmap_unmap(uint64_t address, size_t pages, bool release)
{
	struct tlb_batch batch = TLB_BATCH_INIT;

	page_unmap(address, pages, release, &batch);
	tlb_flush(&batch);
	addresses_give(address, pages);
}
