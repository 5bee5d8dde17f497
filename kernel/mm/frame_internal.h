#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mm/frame.h>

/* What the rest of mm knows of frames. */

/* Boot: the states of frames 0 to @count, 2 bytes each at @states, all in use so far. */
void frame_init(uint16_t *states, size_t count);
/* Boot: makes RAM that nobody uses available. */
void frame_add(uint64_t physical, size_t count);
/* Boot: the same, but to be used only when nothing else is left. One run. */
void frame_keep_back(uint64_t physical, size_t count);
size_t frame_free_count(void); /* without what slabs could give back */
/* A number that goes with a frame in use (0 to 0x7fff); 0 when allocated. Its user has the lock. */
uint16_t *frame_note(uint64_t physical);
/* Could @pointer be in the direct map? */
bool frame_covers(const void *pointer);
