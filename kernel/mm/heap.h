#pragma once

#include <stddef.h>

#include <kernel/heap.h>

/* The heap as the bus sees it: what one owner (by its slot) has. Context: any but irq and nmi. */

struct heap_object {
	void *memory;
	size_t size;
	const struct source_location *place; /* readable as long as the owner's rodata is */
};
typedef void heap_show(const struct heap_object *object, void *argument);

/*
 * How many bytes are left of the live object that @address lies in, and its owner's *@slot; 0: it
 * lies in none. With interrupts off no lock is waited for: while the books of large objects are in
 * use, an address behind the first page of one counts as the kernel's. Context: any but nmi.
 */
size_t heap_room(const void *address, unsigned *slot);

/* Frees each object of the owner after showing it to @show, which must not use the heap: a spinlock
 * is held. */
void heap_sweep(unsigned slot, heap_show *show, void *argument);
