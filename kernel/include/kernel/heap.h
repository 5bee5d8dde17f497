#pragma once

#include <stddef.h>
#include <string.h>

#include <kernel/source_location.h>

struct module;

/*
 * The heap. Every allocation is booked to its owner with its place; what exit leaves behind is
 * freed with a warning. NULL when memory is short: every caller copes. Alignment 16. Contents are
 * undefined (poisoned under `debug`) but for heap_alloc_zeroed.
 * Context: any but irq and nmi; never sleeps.
 */
#define heap_alloc(size) heap_alloc_at(size, THIS_MODULE, HERE)
#define heap_alloc_zeroed(size) heap_alloc_zeroed_at(size, THIS_MODULE, HERE)
void *heap_alloc_at(size_t size, struct module *owner, const struct source_location *place);
void heap_free(void *memory); /* NULL is fine */

static inline void *heap_alloc_zeroed_at(size_t size, struct module *owner,
					 const struct source_location *place)
{
	void *memory = heap_alloc_at(size, owner, place);

	return memory ? memset(memory, 0, size) : NULL;
}
