#pragma once

#include <stddef.h>

#include <kernel/heap.h>

/* The heap as the bus sees it: what one owner (by its slot) has. Context: any but irq and nmi. */

struct heap_object {
	void *memory;
	size_t size;
	const struct place *place; /* readable as long as the owner's rodata is */
};
typedef void heap_show(const struct heap_object *object, void *argument);

/* Frees each object of the owner after showing it to @show, which must not use the heap: a spinlock
 * is held. */
void heap_sweep(unsigned slot, heap_show *show, void *argument);
