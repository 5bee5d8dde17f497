/*
 * Device memory and firmware's tables: what <kernel/io.h> maps, each mapping booked to its owner.
 * There are few, so they are one list. Two rules keep it right: the thread that takes a mapping out
 * of the list, and no other, ends it; and its addresses are free for others only after every CPU
 * has forgotten where they led.
 */
#include <mm/io_mapping.h>

#include <lib/bitmap.h>
#include <lib/list.h>

#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/printk.h>

#include <arch/control.h>
#include <log/misuse.h>
#include <mm/address_range.h>
#include <mm/admission.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/page_table.h>

/* Intel SDM vol. 2, CPUID: EAX bits 0 to 7, the bits that a physical address has. */
#define CPUID_ADDRESS_SIZES 0x80000008

struct io_mapping { /* [I] but for the node */
	struct list_node all;
	struct heap_object given; /* to the owner */
	size_t first, pages;	  /* in the window, the guard before it not counted */
	unsigned slot;
};

static BITMAP(io_bits, IO_PAGES);
static struct address_range addresses =
    ADDRESS_RANGE_INIT("io_addresses", io_bits, IO_PAGES, false);
static LIST_HEAD(io_mappings); /* [L] of io_lock */
static DEFINE_SPINLOCK(io_lock);

static const enum map_protection protections[] = {
    [IO_UNCACHED] = MAP_UNCACHED,
    [IO_WRITE_COMBINING] = MAP_COMBINING,
    [IO_CACHED] = MAP_DATA,
};

static uint64_t address_of(const struct io_mapping *mapping)
{
	return IO_WINDOW + mapping->first * PAGE_SIZE;
}

void *io_map_at(uint64_t physical, size_t size, enum io_cache cache, struct module *owner,
		const struct source_location *place)
{
	uint64_t limit = 1ull << (uint8_t)cpuid(CPUID_ADDRESS_SIZES, 0).eax;
	uint64_t offset = physical % PAGE_SIZE;
	struct io_mapping *mapping;
	size_t guard;

	if (!booking_admit(owner, place, "a mapping", __builtin_return_address(0)))
		return NULL;
	if ((unsigned)cache >= ARRAY_SIZE(protections) || size == 0 ||
	    size > IO_PAGES * PAGE_SIZE || physical >= limit || size > limit - physical) {
		printk(KERN_ERR
		       "%s: io_map of 0x%llx bytes at 0x%llx: no bytes, too many, an address "
		       "that the processor has not, or no kind of cache\n",
		       module_name(owner), (unsigned long long)size, (unsigned long long)physical);
		return NULL;
	}
	if (fault_injected(__func__))
		return NULL;
	mapping = heap_alloc(sizeof(*mapping));
	if (!mapping)
		return NULL;
	mapping->pages = pages_for(offset + size);
	if (address_range_take(&addresses, mapping->pages + 1, &guard)) {
		heap_free(mapping);
		return NULL;
	}
	mapping->first = guard + 1;
	mapping->given = (struct heap_object){(char *)address_of(mapping) + offset, size, place};
	mapping->slot = owner->slot;
	page_map(address_of(mapping), physical - offset, mapping->pages, protections[cache]);
	spin_lock(&io_lock);
	list_add_last(&io_mappings, &mapping->all);
	spin_unlock(&io_lock);
	return mapping->given.memory;
}

/* Takes the first mapping that is at @memory, or, without one, that is the owner's. */
static struct io_mapping *io_mapping_take(const void *memory, unsigned slot)
{
	struct io_mapping *mapping, *found = NULL;

	spin_lock(&io_lock);
	list_for_each(mapping, &io_mappings, all) {
		if (memory ? mapping->given.memory == memory : mapping->slot == slot) {
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
	page_unmap(address_of(mapping), mapping->pages);
	address_range_give(&addresses, mapping->first - 1, mapping->pages + 1);
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
		misuse(__builtin_return_address(0), "unmapped what io_map did not return");
}

uint64_t io_physical(const void *memory)
{
	return frame_covers(memory) ? direct_physical(memory) : 0;
}

void io_mapping_sweep(unsigned slot, heap_show *show, void *argument)
{
	struct io_mapping *mapping;

	while ((mapping = io_mapping_take(NULL, slot))) {
		show(&mapping->given, argument); /* bare: the sweeping bus's */
		io_mapping_end(mapping);
	}
}
