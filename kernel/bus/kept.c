/*
 * Memory that may be kept: what a module hands over and the kernel still uses after the call (an
 * entry, its name, its operations, a timer) must not go before the module takes it back. The one
 * rule: it lies in data, per-CPU data or a live heap object of the owner, of the kernel, or of a
 * module that the owner depends on, since these stay as long as the owner. What is said of all
 * other memory, a module's author reads in the log: so it says what to change.
 */
#include <kernel/module.h>
#include <kernel/percpu.h>

#include <string.h>

#include <mm/frame.h>
#include <mm/heap.h>
#include <mm/stack.h>

#include "bus_internal.h"

/* @object: bytes left of the live heap object that the address lies in, which is of @slot. */
static size_t room_of(const struct owner *owner, uint64_t address, size_t object, unsigned slot)
{
	uint64_t window = address - PERCPU_BASE;

	if (owner_has(owner, OWNER_DATA, address))
		return owner->ranges[OWNER_DATA].end - address;
	if (window < (uint64_t)cpu_count() * PERCPU_STRIDE &&
	    owner_has(owner, OWNER_PERCPU, window % PERCPU_STRIDE))
		return owner->ranges[OWNER_PERCPU].end - window % PERCPU_STRIDE;
	return slot == owner->handle->slot ? object : 0;
}

/* Bytes from @memory on that stay as long as @owner. */
static size_t kept_room(const struct owner *owner, const void *memory)
{
	uint64_t address = (uint64_t)memory, flags;
	struct dependency *dependency;
	unsigned slot = 0;
	size_t object = heap_room(memory, &slot);
	size_t room = max(room_of(owner, address, object, slot),
			  room_of(&kernel_owner, address, object, slot));

	if (owner == &kernel_owner)
		return SIZE_MAX;
	if (room > 0)
		return room;
	flags = spin_lock_irqsave(&owner_lock);
	list_for_each(dependency, &owner->dependencies, needed)
		room = max(room, room_of(dependency->on, address, object, slot));
	spin_unlock_irqrestore(&owner_lock, flags);
	return room;
}

const char *kept_fault(const struct owner *owner, const void *memory, size_t size)
{
	uint64_t address = (uint64_t)memory;
	unsigned slot;

	if (kept_room(owner, memory) >= size)
		return NULL;
	if (!memory)
		return "missing";
	if (address - STACK_WINDOW < STACK_LIMIT * STACK_STRIDE)
		return "on a stack, which is used again after the call: make it static or allocate "
		       "it";
	if (owner_has(owner, OWNER_INIT_DATA, address))
		return "in init data, which is freed after init: take __initdata off";
	if (heap_room(memory, &slot) > 0)
		return "in memory that belongs to another module or ends too soon";
	if (frame_covers(memory))
		return "in freed memory: free it after it has been taken back";
	return "not in memory of its owner or of what that depends on";
}

const char *kept_text_fault(const struct owner *owner, const char *text, size_t longest)
{
	const char *fault = text ? kept_fault(owner, text, 1) : "missing";
	size_t look;

	if (fault)
		return fault;
	look = min(kept_room(owner, text), longest + 1);
	return strnlen(text, look) < look ? NULL : "too long, or without an end";
}
