#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What the heap does under `debug` to find stray writes: free memory is filled with poison, and
 * behind the @size bytes of an object the rest of its @room is a red zone. The object's class lock
 * is held.
 */
#define RED_ZONE 16 /* bytes, at least */

void heap_poison(char *memory, size_t room);
/* Poison becomes uninitialised memory and a red zone; false: it was written to while it was free.
 */
bool heap_unpoison(char *memory, size_t size, size_t room);
/* Back to poison; false: it was written to behind its end. */
bool heap_poison_freed(char *memory, size_t size, size_t room);
