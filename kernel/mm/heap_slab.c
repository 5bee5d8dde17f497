/*
 * The slabs of the heap. The tags, apart from the objects, say all about them, so that a stray
 * write into an object's neighbourhood leaves the books right and a second free is always seen. The
 * rule that keeps it right: an object's tag has TAG_USED from slab_alloc to slab_free and at no
 * other time, and changes under its class's lock.
 *
 * What a class holds beyond the slabs that its objects need at the least counts as free: where the
 * objects happen to lie does not show in the number of free frames.
 */
#include <mm/heap_slab.h>

#include <lib/compiler.h>
#include <lib/errno.h>

#include <mm/frame_internal.h>

/* 16-byte steps at the bottom; then what fills a frame with 10, 9, 8 … 2 objects. */
static struct slab_class classes[] = {
    {.size = 16},  {.size = 32},  {.size = 48},	 {.size = 64},	{.size = 96},	{.size = 128},
    {.size = 192}, {.size = 256}, {.size = 320}, {.size = 384}, {.size = 432},	{.size = 496},
    {.size = 560}, {.size = 656}, {.size = 800}, {.size = 992}, {.size = 1328}, {.size = 2016},
};

#define SIZE_STEP 16
#define SIZE_MAX_SLAB 2016
static uint8_t class_of_size[SIZE_MAX_SLAB / SIZE_STEP + 1]; /* [I] by size, in steps */

void slab_init(void)
{
	unsigned index = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		struct slab_class *class = &classes[i];

		spin_lock_init(&class->lock, "heap");
		list_init(&class->slabs);
		class->capacity =
		    (PAGE_SIZE - sizeof(struct slab)) / (class->size + sizeof(struct heap_tag));
	}
	for (unsigned step = 0; step < ARRAY_SIZE(class_of_size); step++) {
		if (step * SIZE_STEP > classes[index].size)
			index++;
		class_of_size[step] = index;
	}
}

struct slab_class *slab_class_for(size_t size)
{
	if (size > SIZE_MAX_SLAB)
		return NULL;
	return &classes[class_of_size[(size + SIZE_STEP - 1) / SIZE_STEP]];
}

static char *object_at(const struct slab *slab, unsigned index)
{
	const struct slab_class *class = slab->class;

	return (char *)slab + PAGE_SIZE - (class->capacity - index) * class->size;
}

static struct slab *slab_create(struct slab_class *class)
{
	struct slab *slab;
	uint64_t physical;

	if (frame_alloc(1, &physical))
		return NULL;
	slab = direct_pointer(physical);
	list_init(&slab->node);
	slab->magic = SLAB_MAGIC;
	slab->class = class;
	slab->used = 0;
	slab->free = 0;
	for (unsigned i = 0; i < class->capacity; i++) {
		slab->tags[i] = (struct heap_tag){.state = i + 1};
		if (heap_checks)
			heap_check_new(object_at(slab, i), class->size);
	}
	slab->tags[class->capacity - 1].state = TAG_END;
	return slab;
}

static void slab_destroy(struct slab *slab)
{
	slab->magic = 0;
	frame_free(direct_physical(slab), 1);
}

/* A slab with room, the first in the list; NULL: there is none. */
static struct slab *slab_with_room(struct slab_class *class)
{
	struct slab *slab = list_first(&class->slabs, struct slab, node);

	if (slab && slab->free != TAG_END)
		return slab;
	slab = class->spare;
	class->spare = NULL;
	if (slab)
		list_add_first(&class->slabs, &slab->node);
	return slab;
}

/* The lock is not held while a frame is fetched, so another may have brought one meanwhile. */
static struct slab *slab_find_locked(struct slab_class *class)
{
	struct slab *slab = slab_with_room(class);

	if (slab)
		return slab;
	spin_unlock(&class->lock);
	slab = slab_create(class);
	spin_lock(&class->lock);
	if (!slab)
		return slab_with_room(class);
	class->count++;
	list_add_first(&class->slabs, &slab->node);
	return slab;
}

void *slab_alloc(struct slab_class *class, size_t size, struct heap_tag tag)
{
	struct heap_tag *entry, former;
	struct slab *slab;
	unsigned index;

	spin_lock(&class->lock);
	slab = slab_find_locked(class);
	if (!slab) {
		spin_unlock(&class->lock);
		return NULL;
	}
	index = slab->free;
	entry = &slab->tags[index];
	former = *entry;
	slab->free = former.state;
	slab->used++;
	*entry = tag;
	entry->state = TAG_USED | size;
	if (slab->free == TAG_END) {
		list_remove(&slab->node);
		list_add_last(&class->slabs, &slab->node);
	}
	class->objects++;
	class->bytes += size;
	spin_unlock(&class->lock);
	if (heap_checks)
		heap_check_alloc(object_at(slab, index), size, class->size, former);
	return object_at(slab, index);
}

/* Empty: becomes the spare, or is returned to be destroyed. */
static struct slab *slab_emptied(struct slab *slab)
{
	struct slab_class *class = slab->class;

	list_remove(&slab->node);
	if (!class->spare) {
		class->spare = slab;
		return NULL;
	}
	class->count--;
	return slab;
}

/* Returns a slab to destroy once the lock is given back, or NULL. */
static struct slab *object_free_locked(struct slab *slab, unsigned index)
{
	struct slab_class *class = slab->class;
	struct heap_tag *tag = &slab->tags[index];
	size_t size = tag->state & ~TAG_USED;

	if (heap_checks)
		heap_check_free(object_at(slab, index), size, class->size, *tag);
	if (slab->free == TAG_END) {
		list_remove(&slab->node);
		list_add_first(&class->slabs, &slab->node);
	}
	tag->state = slab->free;
	slab->free = index;
	class->objects--;
	class->bytes -= size;
	return --slab->used == 0 ? slab_emptied(slab) : NULL;
}

bool slab_free(struct slab *slab, void *memory, struct heap_tag *tag)
{
	struct slab_class *class = slab->class;
	uint32_t offset = (uint32_t)((char *)memory - object_at(slab, 0));
	unsigned index = offset / class->size;
	struct slab *empty;

	if (index >= class->capacity || index * class->size != offset) {
		heap_report("free of what is not the start of an object", memory,
			    (struct heap_tag){0});
		return false;
	}
	spin_lock(&class->lock);
	*tag = slab->tags[index];
	if (!(tag->state & TAG_USED)) {
		spin_unlock(&class->lock);
		heap_report("second free", memory, *tag);
		return false;
	}
	empty = object_free_locked(slab, index);
	spin_unlock(&class->lock);
	if (empty)
		slab_destroy(empty);
	return true;
}

bool slab_give_back_spare(void)
{
	bool any = false;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		struct slab_class *class = &classes[i];
		struct slab *spare;

		spin_lock(&class->lock);
		spare = class->spare;
		class->spare = NULL;
		class->count -= spare != NULL;
		spin_unlock(&class->lock);
		if (spare)
			slab_destroy(spare);
		any |= spare != NULL;
	}
	return any;
}

void slab_count(size_t *bytes, size_t *objects, size_t *spare_pages)
{
	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		struct slab_class *class = &classes[i];

		spin_lock(&class->lock);
		*bytes += class->bytes;
		*objects += class->objects;
		*spare_pages +=
		    class->count - (class->objects + class->capacity - 1) / class->capacity;
		spin_unlock(&class->lock);
	}
}

/* One slab of slab_sweep, the class's lock held. Returns the slab when that was its end. */
static struct slab *sweep_slab(struct slab *slab, unsigned slot, size_t *found,
			       void (*function)(const struct heap_object *, void *), void *argument)
{
	unsigned left = slab->used;

	for (unsigned i = 0; left > 0; i++) {
		struct heap_tag tag = slab->tags[i];
		struct heap_object object = {object_at(slab, i), tag.state & ~TAG_USED,
					     heap_tag_place(tag)};
		struct slab *empty;

		if (!(tag.state & TAG_USED))
			continue;
		left--;
		if (tag.slot != slot)
			continue;
		++*found;
		function(&object, argument); /* bare: the sweeping bus's */
		empty = object_free_locked(slab, i);
		if (empty)
			return empty;
	}
	return NULL;
}

size_t slab_sweep(unsigned slot, void (*function)(const struct heap_object *, void *),
		  void *argument)
{
	size_t found = 0;

	for (unsigned i = 0; i < ARRAY_SIZE(classes); i++) {
		struct slab_class *class = &classes[i];
		struct slab *slab, *next;

		spin_lock(&class->lock);
		list_for_each_safe(slab, next, &class->slabs, node) {
			struct slab *empty = sweep_slab(slab, slot, &found, function, argument);

			if (empty)
				slab_destroy(empty);
		}
		spin_unlock(&class->lock);
	}
	return found;
}
