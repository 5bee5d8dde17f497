/*
 * Owners: rows of the owner table with what stands behind them: name, ranges of code, dependencies.
 * A row is found by its address alone and read without a lock by try_module_get, so it exists from
 * owner_create to owner_destroy, and its state changes only while the machine is stopped. The list
 * of owners and all dependencies are guarded by one spinlock.
 */
#include <bus/owner.h>

#include <string.h>

#include <lib/bitmap.h>

#include <kernel/heap.h>
#include <kernel/mutex.h>

#include <arch/cpu.h>
#include <log/panic.h>
#include <mm/heap.h>

#include "bus_internal.h"

#define SLOT_WORDS (OWNER_SLOTS / 64)

extern const char __text_start[], __text_end[]; /* linker.ld */

struct owner kernel_owner;

static DEFINE_MUTEX(slot_mutex);
static uint64_t slots_used[SLOT_WORDS]; /* [L] of slot_mutex; bits are also read without it */
static DEFINE_SPINLOCK(owner_list_lock);
static struct list_node owners = LIST_INIT(owners); /* [O] */

uint64_t owner_lock(void)
{
	return spin_lock_irqsave(&owner_list_lock);
}

void owner_unlock(uint64_t flags)
{
	spin_unlock_irqrestore(&owner_list_lock, flags);
}

struct owner *owner_next_locked(struct owner *owner)
{
	struct list_node *next = owner ? owner->all.next : owners.next;

	return next == &owners ? NULL : list_entry(next, struct owner, all);
}

static struct module *row_of(unsigned slot)
{
	return (struct module *)OWNER_TABLE + slot;
}

struct owner *owner_of(const struct module *module)
{
	return module->owner;
}

bool owner_row_valid(const struct module *module)
{
	uint64_t offset = (uint64_t)module - OWNER_TABLE;
	uint64_t slot = offset / sizeof(*module);

	if ((uint64_t)module < OWNER_TABLE || offset % sizeof(*module) != 0 || slot >= OWNER_SLOTS)
		return false;
	return READ_ONCE(slots_used[slot / 64]) >> (slot % 64) & 1;
}

static int slot_take(unsigned *slot)
{
	*slot = (unsigned)bitmap_next_clear(slots_used, OWNER_SLOTS, 0);
	return *slot < OWNER_SLOTS ? 0 : -EAGAIN;
}

static void owner_setup(struct owner *owner, unsigned slot, const char *name)
{
	size_t length = min(strlen(name), sizeof(owner->name) - 1);

	memcpy(owner->name, name, length);
	owner->name[length] = '\0';
	owner->flags = OWNER_DRAINED;
	owner->module = row_of(slot);
	list_init(&owner->dependencies);
	list_init(&owner->dependants);
	list_init(&owner->registrations);
	list_init(&owner->spans);
	spin_lock_init(&owner->lock, "owner");
}

static void row_setup(struct owner *owner, unsigned slot, enum module_state state)
{
	owner->module->slot = slot;
	owner->module->owner = owner;
	owner->module->state = state;
	owner_counters_reset(owner);
	WRITE_ONCE(slots_used[slot / 64], slots_used[slot / 64] | 1ull << (slot % 64));
}

static const char *name_of_slot(unsigned slot)
{
	return owner_row_valid(row_of(slot)) ? module_name(row_of(slot)) : "nobody";
}

void owner_table_init(void)
{
	owner_setup(&kernel_owner, 0, "kernel");
	owner_set_range(&kernel_owner, OWNER_TEXT, (uint64_t)__text_start, (uint64_t)__text_end);
	kernel_owner.flags = 0;
	row_setup(&kernel_owner, 0, MODULE_LIVE);
	heap_set_owner_name(name_of_slot);
}

int owner_create(const char *name, struct owner **created)
{
	struct owner *owner = heap_alloc_zeroed(sizeof(*owner));
	uint64_t flags;
	unsigned slot;
	int error;

	if (!owner)
		return -ENOMEM;
	mutex_lock(&slot_mutex);
	error = slot_take(&slot);
	if (error) {
		mutex_unlock(&slot_mutex);
		heap_free(owner);
		return error;
	}
	owner_setup(owner, slot, name);
	owner_failing_init(owner);
	row_setup(owner, slot, MODULE_LOADING);
	mutex_unlock(&slot_mutex);
	flags = owner_lock();
	list_add_last(&owners, &owner->all);
	owner_unlock(flags);
	*created = owner;
	return 0;
}

void owner_destroy(struct owner *owner)
{
	unsigned slot = owner->module->slot;
	uint64_t flags;

	work_flush(&owner->failing);
	owner_drop_dependencies(owner);
	flags = owner_lock();
	list_remove(&owner->all);
	owner_unlock(flags);
	mutex_lock(&slot_mutex);
	owner->module->state = MODULE_ABSENT;
	owner->module->owner = NULL;
	WRITE_ONCE(slots_used[slot / 64], slots_used[slot / 64] & ~(1ull << (slot % 64)));
	mutex_unlock(&slot_mutex);
	heap_free(owner);
}

void owner_set_range(struct owner *owner, enum owner_range_kind kind, uint64_t start, uint64_t end)
{
	owner->ranges[kind].start = start;
	owner->ranges[kind].end = end;
}

static bool in_range(const struct owner *owner, enum owner_range_kind kind, uint64_t address)
{
	const struct owner_range *range = &owner->ranges[kind];

	return address >= READ_ONCE(range->start) && address < READ_ONCE(range->end);
}

bool owner_has_text(const struct owner *owner, uint64_t address)
{
	return in_range(owner, OWNER_TEXT, address);
}

bool owner_has_init_text(const struct owner *owner, uint64_t address)
{
	return in_range(owner, OWNER_INIT_TEXT, address);
}

static struct owner *find_address(uint64_t address)
{
	for (struct owner *owner = owner_next_locked(NULL); owner; owner = owner_next_locked(owner))
		if (owner_has_text(owner, address) || owner_has_init_text(owner, address))
			return owner;
	return NULL;
}

struct owner *owner_of_address(uint64_t address)
{
	uint64_t flags;
	struct owner *owner;

	if (owner_has_text(&kernel_owner, address))
		return &kernel_owner;
	/* Whoever faulted may hold the lock, and in a panic its holder never comes back. */
	if (panic_under_way() || spin_is_held(&owner_list_lock))
		return find_address(address);
	flags = owner_lock();
	owner = find_address(address);
	owner_unlock(flags);
	return owner;
}
