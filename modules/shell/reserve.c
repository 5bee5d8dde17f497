/*
 * Memory for the commands that find a module and take it out. When a module has taken all there is,
 * they have a block that the shell keeps; one command at a time has that.
 */
#include <string.h>

#include <lib/compiler.h>

#include <kernel/heap.h>

#include "commands.h"

static char block[RESERVE_SIZE] __aligned(16);
static bool taken; /* [A] */

void *reserve_alloc(size_t size)
{
	void *memory = heap_alloc_zeroed(size);

	if (memory || size > sizeof(block) || __atomic_exchange_n(&taken, true, __ATOMIC_ACQUIRE))
		return memory;
	memset(block, 0, size);
	return block;
}

void reserve_free(void *memory)
{
	if (memory == block)
		__atomic_store_n(&taken, false, __ATOMIC_RELEASE);
	else
		heap_free(memory);
}
