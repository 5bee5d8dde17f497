/*
 * Device memory for modules: what <kernel/io.h> maps, each mapping booked to its owner. There are
 * few, so they are one list. The rule that keeps it right: who takes a mapping out of the list, and
 * nobody else, ends it.
 */
#include <mm/io_mapping.h>

#include <lib/list.h>

#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>

#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/vmap.h>

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
		/* bare: the sweeping bus's */
		show(mapping->memory, mapping->size, mapping->place, argument);
		io_mapping_end(mapping);
	}
}
