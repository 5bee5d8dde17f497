/*
 * The heap: slabs for what is small, runs of frames for the rest; each object knows its owner and
 * the place that asked for it. A large object follows a header at the start of its first frame, so
 * that the frame of any pointer tells what it is. The rule that keeps the ledger right: the count
 * of an owner's slot goes up before its object exists and down after it has gone, so that zero
 * means that there is none.
 */
#include <mm/heap.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/boot.h>
#include <kernel/module.h>

#include <mm/fault_injection.h>
#include <mm/frame_internal.h>
#include <mm/heap_internal.h>
#include <mm/heap_slab.h>

#define GROUP_SLOTS 256

struct large {
	struct list_node node; /* [L] */
	uint32_t magic;	       /* at the same place as a slab's */
	struct heap_tag tag;   /* [I] the size is below */
	size_t size;	       /* [I] as asked for */
} __aligned(16);
#define LARGE_MAGIC 0x6772616cu

BUILD_BUG_ON(offsetof(struct large, magic) != offsetof(struct slab, magic));
BUILD_BUG_ON(sizeof(struct slab) % 8 != 0);

static struct list_node larges = LIST_INIT(larges); /* [L] of large_lock */
static DEFINE_SPINLOCK(large_lock);
static size_t large_objects, large_bytes; /* [L] of large_lock */

/* [A] objects by owner; an array for each group of slots in use. The first is there from boot. */
static uint32_t first_counts[GROUP_SLOTS];
static uint32_t *counts[OWNER_SLOTS / GROUP_SLOTS] = {first_counts};

static void count_add(unsigned slot, int change)
{
	__atomic_fetch_add(&counts[slot / GROUP_SLOTS][slot % GROUP_SLOTS], (uint32_t)change,
			   __ATOMIC_RELAXED);
}

uint32_t heap_count_of(unsigned slot)
{
	return __atomic_load_n(&counts[slot / GROUP_SLOTS][slot % GROUP_SLOTS], __ATOMIC_ACQUIRE);
}

int heap_slots_open(unsigned group)
{
	if (group == 0)
		return 0;
	counts[group] = heap_alloc_zeroed_at(sizeof(first_counts), NULL, PLACE);
	return counts[group] ? 0 : -ENOMEM;
}

void heap_slots_close(unsigned group)
{
	if (group == 0)
		return;
	heap_free(counts[group]);
	counts[group] = NULL;
}

static size_t large_pages(size_t size)
{
	return pages_for(sizeof(struct large) + size);
}

static void *large_alloc(size_t size, struct heap_tag tag)
{
	struct large *large;
	uint64_t physical;

	if (size > SIZE_MAX - sizeof(struct large))
		return NULL;
	if (frame_alloc(large_pages(size), &physical))
		return NULL;
	large = direct_pointer(physical);
	large->magic = LARGE_MAGIC;
	large->tag = tag;
	large->size = size;
	spin_lock(&large_lock);
	list_add_last(&larges, &large->node);
	large_objects++;
	large_bytes += size;
	spin_unlock(&large_lock);
	return large + 1;
}

static void large_remove_locked(struct large *large)
{
	list_remove(&large->node);
	large->magic = 0;
	large_objects--;
	large_bytes -= large->size;
}

static void large_free(struct large *large)
{
	spin_lock(&large_lock);
	large_remove_locked(large);
	spin_unlock(&large_lock);
	frame_free(direct_physical(large), large_pages(large->size));
}

static struct heap_tag tag_for(const struct module *owner, const struct place *place)
{
	struct heap_tag tag = {.slot = owner ? owner->slot : 0};

	/* Only what can be told from its lower half. */
	if ((int64_t)(int32_t)(uint64_t)place == (int64_t)place)
		tag.place = (uint32_t)(uint64_t)place;
	return tag;
}

void *heap_alloc_at(size_t size, struct module *owner, const struct place *place)
{
	struct heap_tag tag = tag_for(owner, place);
	size_t room = heap_checks ? HEAP_RED_ZONE : 0;
	struct slab_class *class;
	void *memory;

	if (size > SIZE_MAX - room || fault_injected(__func__))
		return NULL;
	count_add(tag.slot, 1);
	class = slab_class_for(size + room);
	memory = class ? slab_alloc(class, size, tag) : large_alloc(size, tag);
	if (!memory)
		count_add(tag.slot, -1);
	return memory;
}
EXPORT_SYMBOL(heap_alloc_at);

void *heap_alloc_zeroed_at(size_t size, struct module *owner, const struct place *place)
{
	void *memory = heap_alloc_at(size, owner, place);

	if (memory)
		memset(memory, 0, size);
	return memory;
}
EXPORT_SYMBOL(heap_alloc_zeroed_at);

void heap_free(void *memory)
{
	struct slab *slab = (struct slab *)align_down((uint64_t)memory, PAGE_SIZE);
	struct large *large = (struct large *)slab;
	struct heap_tag tag;

	if (!memory)
		return;
	if (frame_covers(memory) && slab->magic == SLAB_MAGIC) {
		if (slab_free(slab, memory, &tag))
			count_add(tag.slot, -1);
	} else if (frame_covers(memory) && memory == large + 1 && large->magic == LARGE_MAGIC) {
		tag = large->tag;
		large_free(large);
		count_add(tag.slot, -1);
	} else {
		heap_report("free of what the heap did not give", memory, (struct heap_tag){0});
	}
}
EXPORT_SYMBOL(heap_free);

char *heap_copy_string(const char *text, struct module *owner, const struct place *place)
{
	size_t size = strlen(text) + 1;
	char *copy = heap_alloc_at(size, owner, place);

	if (copy)
		memcpy(copy, text, size);
	return copy;
}
EXPORT_SYMBOL(heap_copy_string);

static size_t large_sweep(unsigned slot, void (*function)(const struct heap_object *, void *),
			  void *argument)
{
	struct large *large, *next;
	size_t found = 0;

	spin_lock(&large_lock);
	list_for_each_safe(large, next, &larges, node) {
		struct heap_object object = {large + 1, large->size, heap_tag_place(large->tag)};

		if (large->tag.slot != slot)
			continue;
		found++;
		function(&object, argument); /* bare: the sweeping bus's */
		large_remove_locked(large);
		frame_free(direct_physical(large), large_pages(large->size));
	}
	spin_unlock(&large_lock);
	return found;
}

void heap_sweep_of(unsigned slot, void (*function)(const struct heap_object *, void *),
		   void *argument)
{
	size_t found;

	if (heap_count_of(slot) == 0)
		return;
	found = slab_sweep(slot, function, argument);
	found += large_sweep(slot, function, argument);
	count_add(slot, -(int)found);
}

bool heap_give_back_spare(void)
{
	return slab_give_back_spare();
}

void heap_count(struct heap_totals *totals)
{
	totals->bytes = totals->objects = totals->spare_pages = 0;
	slab_count(&totals->bytes, &totals->objects, &totals->spare_pages);
	spin_lock(&large_lock);
	totals->bytes += large_bytes;
	totals->objects += large_objects;
	spin_unlock(&large_lock);
}

void heap_init(void)
{
	heap_checks = debug_enabled;
	slab_init();
}
