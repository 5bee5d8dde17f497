#pragma once

#include <stddef.h>

/* <kernel/io.h>'s mappings of one owner: how many, and the removal of all, each shown first. */
struct place;
unsigned io_mapping_count(unsigned slot);
void io_mapping_sweep(unsigned slot,
		      void (*show)(void *mapping, size_t size, const struct place *place,
				   void *argument),
		      void *argument);
