/*
 * Poison and red zones: memory that is not an owner's has known contents, so that what writes to it
 * is found when the memory is given out or comes back.
 */
#include <mm/heap_poison.h>

#include <string.h>

#define POISON_FREE 0x6b
#define POISON_NEW 0x5a
#define POISON_ZONE 0xbb

/* Are all @size bytes @value? */
static bool is_filled(const char *bytes, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)bytes[i] != value)
			return false;
	return true;
}

void heap_poison(char *memory, size_t room)
{
	memset(memory, POISON_FREE, room);
}

bool heap_unpoison(char *memory, size_t size, size_t room)
{
	bool whole = is_filled(memory, room, POISON_FREE);

	memset(memory, POISON_NEW, size);
	memset(memory + size, POISON_ZONE, room - size);
	return whole;
}

bool heap_poison_freed(char *memory, size_t size, size_t room)
{
	bool whole = is_filled(memory + size, room - size, POISON_ZONE);

	heap_poison(memory, room);
	return whole;
}
