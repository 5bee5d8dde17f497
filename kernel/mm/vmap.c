/*
 * The vmap window and, in it, device memory for modules. The rule that keeps it right: addresses
 * are free for others only after every CPU has forgotten where they led.
 */
#include <mm/vmap.h>

#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/list.h>

#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
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

struct io_mapping {
	struct list_node all;
	void *memory; /* [I] what the owner was given */
	size_t size;
	uint64_t address; /* [I] of the first page */
	size_t pages;
	unsigned slot;
	const struct place *place;
};

static struct list_node io_mappings = LIST_INIT(io_mappings); /* [L] of io_lock */
static DEFINE_SPINLOCK(io_lock);

static enum map_protection io_protection(enum io_cache cache)
{
	if (cache == IO_CACHED)
		return MAP_DATA;
	return cache == IO_WRITE_COMBINING ? MAP_COMBINING : MAP_UNCACHED;
}

void *io_map_at(uint64_t physical, size_t size, enum io_cache cache, struct module *owner,
		const struct place *place)
{
	uint64_t offset = physical % PAGE_SIZE;
	struct io_mapping *mapping;

	if (size == 0 || size > VMAP_PAGES * PAGE_SIZE || fault_injected(__func__))
		return NULL;
	mapping = heap_alloc_at(sizeof(*mapping), NULL, PLACE);
	if (!mapping)
		return NULL;
	mapping->size = size;
	mapping->pages = pages_for(offset + size);
	mapping->slot = owner ? owner->slot : 0;
	mapping->place = place;
	if (vmap_map(physical - offset, mapping->pages, io_protection(cache), &mapping->address)) {
		heap_free(mapping);
		return NULL;
	}
	mapping->memory = (void *)(mapping->address + offset);
	spin_lock(&io_lock);
	list_add_last(&io_mappings, &mapping->all);
	spin_unlock(&io_lock);
	return mapping->memory;
}
EXPORT_SYMBOL(io_map_at);

/* Takes the first mapping that is at @memory, or, without one, that is the owner's. */
static struct io_mapping *io_mapping_take(const void *memory, unsigned slot)
{
	struct io_mapping *mapping, *found = NULL;

	spin_lock(&io_lock);
	list_for_each(mapping, &io_mappings, all) {
		if (memory ? mapping->memory == memory : mapping->slot == slot) {
			found = mapping;
			list_remove(&mapping->all);
			break;
		}
	}
	spin_unlock(&io_lock);
	return found;
}

static void io_mapping_end(struct io_mapping *mapping)
{
	vmap_unmap(mapping->address, mapping->pages, false);
	heap_free(mapping);
}

void io_unmap(void *memory)
{
	struct io_mapping *mapping;

	if (!memory)
		return;
	mapping = io_mapping_take(memory, 0);
	if (mapping)
		io_mapping_end(mapping);
	else
		printk("mm: io_unmap of something that io_map did not return\n");
}
EXPORT_SYMBOL(io_unmap);

unsigned io_mapping_count(unsigned slot)
{
	struct io_mapping *mapping;
	unsigned count = 0;

	spin_lock(&io_lock);
	list_for_each(mapping, &io_mappings, all)
		count += mapping->slot == slot;
	spin_unlock(&io_lock);
	return count;
}

void io_mapping_sweep(unsigned slot,
		      void (*show)(void *mapping, size_t size, const struct place *place,
				   void *argument),
		      void *argument)
{
	struct io_mapping *mapping;

	while ((mapping = io_mapping_take(NULL, slot))) {
		show(mapping->memory, mapping->size, mapping->place, argument);
		io_mapping_end(mapping);
	}
}
