/*
 * Owners: rows of the owner table with what stands behind them: name, ranges of code, dependencies.
 * A row is found by its address alone and read without a lock by try_module_get, so it exists from
 * owner_create to owner_destroy, and its state changes only while the machine is stopped. A
 * dependency is one entry in two lists, its needer's and its provider's, and one reference on the
 * provider. Slots and dependencies are guarded by one spinlock. The owner of an address stands in
 * the page table, so that a fault, which may have come anywhere, finds it without a lock.
 */
#include <bus/owner.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>

#include <log/panic.h>
#include <mm/page_table.h>

#include "bus_internal.h"

extern const char __text_start[], __text_end[], __rodata_start[], __data_end[]; /* linker.ld */

struct owner kernel_owner;
DEFINE_SPINLOCK(owner_lock);
static unsigned first_free = 1; /* [O] no slot below it is free */

static struct module *row_of(unsigned slot)
{
	return (struct module *)OWNER_TABLE + slot;
}

bool owner_row_valid(const struct module *module)
{
	uint64_t offset = (uint64_t)module - OWNER_TABLE;

	return (uint64_t)module >= OWNER_TABLE && offset % sizeof(*module) == 0 &&
	       offset / sizeof(*module) < OWNER_SLOTS && READ_ONCE(module->ledger);
}

/* The row becomes valid last. */
static void owner_setup(struct owner *owner, unsigned slot, const char *name,
			enum module_state state)
{
	strlcpy(owner->name, name, sizeof(owner->name));
	owner->handle = row_of(slot);
	list_init(&owner->dependencies);
	list_init(&owner->dependants);
	list_init(&owner->interfaces);
	list_init(&owner->registrations);
	list_init(&owner->spans);
	list_init(&owner->bookings);
	spin_lock_init(&owner->lock, "owner");
	owner->handle->slot = (uint16_t)slot;
	owner->handle->closed = false;
	owner->handle->state = state;
	owner_counters_reset(owner);
	WRITE_ONCE(owner->handle->ledger, owner);
}

void owner_table_init(void)
{
	owner_setup(&kernel_owner, 0, "kernel", MODULE_LIVE);
	kernel_owner.ranges[OWNER_TEXT] =
	    (struct owner_range){(uint64_t)__text_start, (uint64_t)__text_end};
	/* Not what is zero at first: the boot CPU's stack is there. */
	kernel_owner.ranges[OWNER_DATA] =
	    (struct owner_range){(uint64_t)__rodata_start, (uint64_t)__data_end};
}

int owner_create(const char *name, struct owner **created)
{
	struct owner *owner = heap_alloc_zeroed(sizeof(*owner));
	unsigned slot;
	uint64_t flags;

	if (!owner)
		return -ENOMEM;
	owner->flags = OWNER_DRAINED;
	flags = spin_lock_irqsave(&owner_lock);
	for (slot = first_free; slot < OWNER_SLOTS && row_of(slot)->ledger;)
		slot++;
	first_free = slot;
	if (slot < OWNER_SLOTS)
		owner_setup(owner, slot, name, MODULE_LOADING);
	spin_unlock_irqrestore(&owner_lock, flags);
	if (slot == OWNER_SLOTS) {
		heap_free(owner);
		return -EAGAIN;
	}
	*created = owner;
	return 0;
}

void owner_destroy(struct owner *owner)
{
	uint64_t flags;

	owner_drop_dependencies(owner);
	flags = spin_lock_irqsave(&owner_lock);
	owner->handle->state = MODULE_ABSENT;
	WRITE_ONCE(owner->handle->ledger, NULL);
	first_free = min(first_free, (unsigned)owner->handle->slot);
	spin_unlock_irqrestore(&owner_lock, flags);
	heap_free(owner);
}

bool owner_has(const struct owner *owner, enum owner_range_kind kind, uint64_t address)
{
	const struct owner_range *range = &owner->ranges[kind];

	return address >= READ_ONCE(range->start) && address < READ_ONCE(range->end);
}

/* The module whose page it is, @present or not; NULL: no module's. */
static struct owner *owner_of_page(uint64_t address, bool present)
{
	bool is_present;
	unsigned slot = page_owner(address, &is_present);

	return slot && is_present == present ? READ_ONCE(row_of(slot)->ledger) : NULL;
}

struct owner *owner_of_address(uint64_t address)
{
	if (owner_has(&kernel_owner, OWNER_TEXT, address))
		return &kernel_owner;
	return owner_of_page(address, true);
}

struct owner *owner_of_freed_init(uint64_t address)
{
	return owner_of_page(address, false);
}

static bool depends_locked(const struct owner *owner, const struct owner *on)
{
	struct dependency *dependency;

	ASSERT(spin_is_held(&owner_lock));
	list_for_each(dependency, &owner->dependencies, needed)
		if (dependency->on == on)
			return true;
	return false;
}

bool owner_depends_on(const struct owner *owner, const struct owner *on)
{
	uint64_t flags = spin_lock_irqsave(&owner_lock);
	bool depends = depends_locked(owner, on);

	spin_unlock_irqrestore(&owner_lock, flags);
	return depends;
}

bool owner_reaches(const struct owner *owner, enum owner_range_kind kind, const void *at)
{
	uint64_t address = (uint64_t)at;
	struct dependency *dependency;
	bool reaches = owner_has(owner, kind, address) || owner_has(&kernel_owner, kind, address);
	uint64_t flags;

	if (likely(reaches))
		return true;
	flags = spin_lock_irqsave(&owner_lock);
	list_for_each(dependency, &owner->dependencies, needed)
		reaches = reaches || owner_has(dependency->on, kind, address);
	spin_unlock_irqrestore(&owner_lock, flags);
	return reaches;
}

int owner_add_dependency(struct owner *from, struct owner *on)
{
	struct dependency *dependency = heap_alloc(sizeof(*dependency));
	bool there;
	int error = 0;
	uint64_t flags;

	if (!dependency)
		return -ENOMEM;
	dependency->from = from;
	dependency->on = on;
	flags = spin_lock_irqsave(&owner_lock);
	there = depends_locked(from, on);
	if (!there && !try_module_get(on->handle))
		error = -ENODEV;
	if (!there && !error) {
		list_add_last(&from->dependencies, &dependency->needed);
		list_add_last(&on->dependants, &dependency->needing);
	}
	spin_unlock_irqrestore(&owner_lock, flags);
	/* Never under owner_lock, which interrupts take: they interrupt holders of the heap's. */
	if (there || error)
		heap_free(dependency);
	return error;
}

void owner_drop_dependencies(struct owner *owner)
{
	struct dependency *dependency;

	for (;;) {
		uint64_t flags = spin_lock_irqsave(&owner_lock);

		dependency = list_first(&owner->dependencies, struct dependency, needed);
		if (dependency) {
			list_remove(&dependency->needed);
			list_remove(&dependency->needing);
		}
		spin_unlock_irqrestore(&owner_lock, flags);
		if (!dependency)
			return;
		module_put(dependency->on->handle);
		heap_free(dependency);
	}
}

void owner_dependants(const struct owner *owner, char *names, size_t size)
{
	struct dependency *dependency;
	bool cut = false;
	size_t used = 0;
	uint64_t flags = spin_lock_irqsave(&owner_lock);

	names[0] = '\0';
	list_for_each_reverse(dependency, &owner->dependants, needing) {
		const char *name = dependency->from->name;

		if (cut)
			break;
		cut = used + strlen(name) + sizeof(",,...") > size;
		used += (size_t)format_text(names + used, size - used, "%s%s", used > 0 ? "," : "",
					    cut ? "..." : name);
	}
	spin_unlock_irqrestore(&owner_lock, flags);
}
