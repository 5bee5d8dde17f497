#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/spinlock.h>
#include <mm/heap.h>

/*
 * Slabs: one frame each, objects of one size at its end, a tag for each object at its start.
 * Private to heap.c, heap_slab.c and heap_check.c.
 */

/* Who has, or last had, an object. */
struct heap_tag {
	uint32_t place; /* the lower half of its address: places lie in the top 2 GiB; 0: none */
	uint16_t slot;
	uint16_t state; /* TAG_USED | bytes asked for; or the next free object's index */
};
#define TAG_USED 0x8000u
#define TAG_END 0x7fffu /* no next one */

struct slab {
	struct list_node node; /* [L] in its class; alone while it is the spare */
	uint32_t magic;
	uint16_t used; /* [L] objects */
	uint16_t free; /* [L] index of the first free object, or TAG_END */
	struct slab_class *class;
	struct heap_tag tags[]; /* [L] */
};
#define SLAB_MAGIC 0x62616c73u

struct slab_class {
	struct spinlock lock;
	uint32_t size;		/* [I] of an object; a multiple of 16 */
	uint32_t capacity;	/* [I] objects in a slab */
	struct list_node slabs; /* [L] those with room first; the spare is not in it */
	struct slab *spare;	/* [L] an empty one, or NULL */
	size_t count;		/* [L] slabs, the spare included */
	size_t objects, bytes;	/* [L] in use; bytes as asked for */
};

void slab_init(void);
/* NULL: too large for a slab. */
struct slab_class *slab_class_for(size_t size);
void *slab_alloc(struct slab_class *class, size_t size, struct heap_tag tag);
/* @memory lies in @slab. False, after a report: it is no object in use. @tag: who had it. */
bool slab_free(struct slab *slab, void *memory, struct heap_tag *tag);
bool slab_give_back_spare(void);
void slab_count(size_t *bytes, size_t *objects, size_t *spare_pages);
/* Frees each object of the owner after showing it. Returns how many. */
size_t slab_sweep(unsigned slot, void (*function)(const struct heap_object *, void *),
		  void *argument);

const struct place *heap_tag_place(struct heap_tag tag);

/* heap_check.c: what only `debug` pays for, but for the reports. */
extern bool heap_checks; /* [I] debug_enabled, as it was when the heap began */
#define HEAP_RED_ZONE 16 /* bytes, at least, behind each object under `debug` */

void heap_check_new(void *memory, size_t size); /* fresh memory becomes poison */
/* Poison becomes uninitialised memory and a red zone; reports writes since it was freed. */
void heap_check_alloc(void *memory, size_t asked, size_t size, struct heap_tag former);
/* The reverse; reports writes behind the end. */
void heap_check_free(void *memory, size_t asked, size_t size, struct heap_tag tag);
void heap_report(const char *what, const void *memory, struct heap_tag tag);
