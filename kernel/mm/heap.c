/*
 * The heap: slabs of objects of one size. A slab is a frame, or, for one object too large for that,
 * a run of frames; it begins with a header and a tag for each object, which says what owner has, or
 * last had, it. Tags stand apart from objects, so that a stray write leaves the books right and a
 * second free is always seen, and the frame of any pointer tells what it is. Two rules keep it
 * right: a tag has TAG_USED while its object has an owner and at no other time, and changes under
 * its class's lock; and the count of an owner's slot goes up before its object exists and down
 * after it has gone, so that zero means that there is none.
 *
 * What a class holds beyond the slabs that its objects need counts as free: where objects lie does
 * not show in the number of free frames. What the heap finds out about its users is reported with
 * the place that made the object, and goes on: a report is worth more than the end of the machine.
 * Under `debug`, what is freed is poisoned and objects have red zones (heap_poison.c).
 */
#include <mm/heap.h>

#include <lib/compiler.h>
#include <lib/list.h>

#include <kernel/boot.h>
#include <kernel/module.h>
#include <kernel/printk.h>
#include <kernel/spinlock.h>

#include <arch/control.h>
#include <log/panic.h>
#include <mm/admission.h>
#include <mm/fault_injection.h>
#include <mm/frame.h>
#include <mm/heap_poison.h>
#include <mm/mm_internal.h>
#include <mm/page_table.h>

#define HEAP_MAX (UINT32_MAX - PAGE_SIZE)
#define LARGE UINT32_MAX /* the size of a class with one object a slab, of any size */

struct heap_tag {
	const struct source_location *place; /* NULL: it never had an owner */
	uint32_t size;			     /* as asked for */
	uint16_t slot;
	uint16_t next; /* TAG_USED; or the next free object, the class's capacity after the last */
};
#define TAG_USED 0xffffu

struct slab {
	struct list_node node; /* [L] in its class */
	struct slab_class *class;
	uint32_t magic;
	uint16_t used;		/* [L] objects */
	uint16_t free;		/* [L] the first free object, or the class's capacity */
	struct heap_tag tags[]; /* [L] then the objects */
};
#define SLAB_MAGIC 0x62616c73u

struct slab_class {
	struct spinlock lock;
	uint32_t size;		/* [I] of an object; a multiple of 16 */
	uint32_t capacity;	/* [I] objects in a slab */
	struct list_node slabs; /* [L] those with room first */
	size_t count;		/* [L] slabs */
	size_t objects, bytes;	/* [L] in use; bytes as asked for */
};

/* 16-byte steps at the bottom; then what fills a frame with 12, 10, 9, 8 … 2 objects. */
static const uint32_t sizes[] = {16,  32,  48,	64,  96,  128, 192,  256,  320,	 384,
				 432, 480, 560, 656, 784, 992, 1328, 2016, LARGE};
#define CLASSES ARRAY_SIZE(sizes)

/* A CPU takes from the classes of its share; what it frees goes back to where it came from. */
static struct slab_class classes[MM_SHARES][CLASSES];

#define for_each_class(class)                                                                      \
	for (struct slab_class *class = classes[0]; class < classes[MM_SHARES - 1] + CLASSES;      \
	     class ++)

static uint32_t counts[OWNER_SLOTS]; /* [A] objects by owner */
static bool checks;		     /* [I] debug_enabled, as it was when the heap began */

void heap_init(void)
{
	checks = debug_enabled;
	for_each_class(class) {
		spin_lock_init(&class->lock, "heap");
		list_init(&class->slabs);
		class->size = sizes[(size_t)(class - classes[0]) % CLASSES];
		class->capacity =
		    max((PAGE_SIZE - sizeof(struct slab)) / (class->size + sizeof(struct heap_tag)),
			1ul);
	}
}

static void report(const char *what, const void *memory, const struct heap_tag *tag)
{
	const struct source_location *place = tag ? tag->place : NULL;

	/* A place is gone with its module; its address is not used again soon. */
	if (!place)
		printk("heap: %s\n", what);
	else if (page_readable(place, sizeof(*place)) && page_readable(place->file, 1))
		printk("heap: %s: an object of %s, made at %s:%u\n", what,
		       module_name((struct module *)OWNER_TABLE + tag->slot), place->file,
		       place->line);
	else
		printk("heap: %s: an object of a module that is gone\n", what);
	if (addresses_enabled)
		printk("heap: it is at %p\n", memory);
}

static char *object_at(const struct slab *slab, size_t index)
{
	return (char *)&slab->tags[slab->class->capacity] + index * slab->class->size;
}

static bool is_checked(const struct slab_class *class)
{
	return checks && class->size != LARGE;
}

static size_t slab_pages(const struct slab_class *class, size_t size)
{
	return class->size != LARGE
		   ? 1
		   : pages_for(sizeof(struct slab) + sizeof(struct heap_tag) + size);
}

static struct slab *slab_create(struct slab_class *class, size_t size)
{
	struct slab *slab;
	uint64_t physical;

	if (frame_take(slab_pages(class, size), &physical))
		return NULL;
	slab = direct_pointer(physical);
	*slab = (struct slab){.class = class, .magic = SLAB_MAGIC};
	for (unsigned i = 0; i < class->capacity; i++)
		slab->tags[i] = (struct heap_tag){.next = i + 1};
	if (is_checked(class))
		heap_poison(object_at(slab, 0), class->capacity * class->size);
	return slab;
}

static void slab_destroy_locked(struct slab *slab)
{
	ASSERT(spin_is_held(&slab->class->lock));
	slab->magic = 0;
	slab->class->count--;
	list_remove(&slab->node);
	frame_free(direct_physical(slab), slab_pages(slab->class, slab->tags[0].size));
}

static struct slab *slab_with_room(struct slab_class *class)
{
	struct slab *slab = list_first(&class->slabs, struct slab, node);

	return slab && slab->free < class->capacity ? slab : NULL;
}

/* The lock is not held while a frame is fetched, so another may have brought one meanwhile. */
static struct slab *slab_find_locked(struct slab_class *class, size_t size, bool may_create)
{
	struct slab *slab = slab_with_room(class);

	ASSERT(spin_is_held(&class->lock));
	if (slab || !may_create)
		return slab;
	spin_unlock(&class->lock);
	slab = slab_create(class, size);
	spin_lock(&class->lock);
	if (!slab)
		return slab_with_room(class);
	class->count++;
	list_add_first(&class->slabs, &slab->node);
	return slab;
}

static void *object_take(struct slab_class *class, struct heap_tag tag, bool may_create)
{
	struct heap_tag *entry;
	struct slab *slab;
	char *object;

	spin_lock(&class->lock);
	slab = slab_find_locked(class, tag.size, may_create);
	if (!slab) {
		spin_unlock(&class->lock);
		return NULL;
	}
	object = object_at(slab, slab->free);
	entry = &slab->tags[slab->free];
	if (is_checked(class) && !heap_unpoison(object, tag.size, class->size))
		report("written to after it was freed", object, entry);
	slab->free = entry->next;
	slab->used++;
	*entry = tag;
	if (slab->free == class->capacity) {
		list_remove(&slab->node);
		list_add_last(&class->slabs, &slab->node);
	}
	class->objects++;
	class->bytes += tag.size;
	spin_unlock(&class->lock);
	return object;
}

/* When frames have run out, other shares may have slabs with room. */
static void *take_from_any(unsigned index, struct heap_tag tag)
{
	unsigned own = mm_share();
	void *object = object_take(&classes[own][index], tag, true);

	for (unsigned share = 0; !object && share < MM_SHARES; share++)
		object = object_take(&classes[share][index], tag, false);
	return object;
}

/* A slab that is empty then goes, unless it is the only one of its class with room. */
static void object_give_locked(struct slab *slab, unsigned index)
{
	struct slab_class *class = slab->class;
	struct heap_tag *tag = &slab->tags[index];
	char *object = object_at(slab, index);

	ASSERT(spin_is_held(&class->lock));
	if (is_checked(class) && !heap_poison_freed(object, tag->size, class->size))
		report("written to behind its end", object, tag);
	class->objects--;
	class->bytes -= tag->size;
	tag->next = slab->free;
	slab->free = index;
	__atomic_fetch_sub(&counts[tag->slot], 1, __ATOMIC_RELAXED);
	list_remove(&slab->node);
	if (--slab->used == 0 && (class->size == LARGE || slab_with_room(class)))
		slab_destroy_locked(slab);
	else
		list_add_first(&class->slabs, &slab->node);
}

void *heap_alloc_at(size_t size, struct module *owner, const struct source_location *place)
{
	size_t room = checks ? RED_ZONE : 0;
	unsigned index = size + room <= sizes[CLASSES - 2] ? 0 : CLASSES - 1;
	struct heap_tag tag = {place, (uint32_t)size, 0, TAG_USED};
	void *memory;

	if (!booking_admit(owner, place, "memory", __builtin_return_address(0)) ||
	    size > HEAP_MAX || fault_injected(__func__))
		return NULL;
	tag.slot = (uint16_t)owner->slot;
	while (sizes[index] < size + room)
		index++;
	__atomic_fetch_add(&counts[tag.slot], 1, __ATOMIC_RELAXED);
	memory = take_from_any(index, tag);
	if (!memory)
		__atomic_fetch_sub(&counts[tag.slot], 1, __ATOMIC_RELAXED);
	return memory;
}

void heap_free(void *memory)
{
	struct slab *slab = (struct slab *)align_down((uint64_t)memory, PAGE_SIZE);
	struct slab_class *class;
	size_t offset, index;

	if (!memory)
		return;
	if (!frame_covers(memory) || slab->magic != SLAB_MAGIC) {
		report("free of what the heap did not give", memory, NULL);
		return;
	}
	class = slab->class;
	offset = (size_t)((char *)memory - object_at(slab, 0));
	index = offset / class->size;
	if (index >= class->capacity || offset % class->size != 0) {
		report("free of what is not the start of an object", memory, NULL);
		return;
	}
	spin_lock(&class->lock);
	if (slab->tags[index].next == TAG_USED)
		object_give_locked(slab, (unsigned)index);
	else
		report("second free", memory, &slab->tags[index]);
	spin_unlock(&class->lock);
}

/* Without the lock: what the asking owner has cannot change meanwhile, and else any answer does. */
static size_t object_room(const struct slab *slab, const char *address, unsigned *slot)
{
	const struct slab_class *class = slab->class;
	size_t offset, index;

	if (slab->magic != SLAB_MAGIC || address < object_at(slab, 0))
		return 0;
	offset = (size_t)(address - object_at(slab, 0));
	index = offset / class->size;
	if (index >= class->capacity || READ_ONCE(slab->tags[index].next) != TAG_USED)
		return 0;
	*slot = slab->tags[index].slot;
	return slab->tags[index].size - min(offset % class->size, slab->tags[index].size);
}

size_t heap_room(const void *address, unsigned *slot)
{
	const struct slab *slab = (const struct slab *)align_down((uint64_t)address, PAGE_SIZE);
	size_t room;

	if (!frame_covers(address) || !page_readable(slab, PAGE_SIZE))
		return 0;
	room = object_room(slab, address, slot);
	if (room > 0)
		return room;
	*slot = THIS_MODULE->slot;
	for (unsigned share = 0; share < MM_SHARES && room == 0; share++) {
		struct slab_class *large = &classes[share][CLASSES - 1];

		if (irq_enabled())
			spin_lock(&large->lock);
		else if (!spin_trylock(&large->lock))
			return HEAP_MAX;
		list_for_each(slab, &large->slabs, node)
			room = max(room, object_room(slab, address, slot));
		spin_unlock(&large->lock);
	}
	return room;
}

/* The slab goes with its last object. */
static void sweep_slab_locked(struct slab *slab, unsigned slot, heap_show *show, void *argument)
{
	unsigned left = slab->used;

	ASSERT(spin_is_held(&slab->class->lock));
	for (unsigned i = 0; left > 0; i++) {
		const struct heap_tag *tag = &slab->tags[i];
		struct heap_object object = {object_at(slab, i), tag->size, tag->place};

		if (tag->next != TAG_USED)
			continue;
		left--;
		if (tag->slot != slot)
			continue;
		show(&object, argument); /* bare: the sweeping bus's */
		object_give_locked(slab, i);
	}
}

void heap_sweep(unsigned slot, heap_show *show, void *argument)
{
	if (__atomic_load_n(&counts[slot], __ATOMIC_ACQUIRE) == 0)
		return;
	for_each_class(class) {
		struct slab *slab, *next;

		spin_lock(&class->lock);
		list_for_each_safe(slab, next, &class->slabs, node)
			sweep_slab_locked(slab, slot, show, argument);
		spin_unlock(&class->lock);
	}
}

bool heap_give_back_spare(void)
{
	bool any = false;

	for_each_class(class) {
		struct slab *slab, *next;

		spin_lock(&class->lock);
		list_for_each_safe(slab, next, &class->slabs, node) {
			if (slab->used > 0)
				continue;
			slab_destroy_locked(slab);
			any = true;
		}
		spin_unlock(&class->lock);
	}
	return any;
}

void heap_count(uint64_t *bytes, uint64_t *objects, uint64_t *spare_pages)
{
	*bytes = *objects = *spare_pages = 0;
	for (unsigned index = 0; index < CLASSES; index++) {
		size_t capacity = classes[0][index].capacity, of_size = 0;

		for (unsigned share = 0; share < MM_SHARES; share++) {
			struct slab_class *class = &classes[share][index];

			spin_lock(&class->lock);
			*bytes += class->bytes;
			of_size += class->objects;
			*spare_pages += class->count;
			spin_unlock(&class->lock);
		}
		*objects += of_size;
		*spare_pages -= (of_size + capacity - 1) / capacity;
	}
}
