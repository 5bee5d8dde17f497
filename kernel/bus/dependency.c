/*
 * Who needs whom. A dependency is one entry in two lists, its needer's and its provider's, and one
 * reference on the provider; both lists change together under owner_lock.
 */
#include <bus/owner.h>

#include <string.h>

#include <kernel/heap.h>

#include "bus_internal.h"

static bool depends_locked(const struct owner *owner, const struct owner *on)
{
	struct dependency *dependency;

	list_for_each(dependency, &owner->dependencies, needed)
		if (dependency->on == on)
			return true;
	return false;
}

bool owner_depends_on(const struct owner *owner, const struct owner *on)
{
	uint64_t flags = owner_lock();
	bool depends = depends_locked(owner, on);

	owner_unlock(flags);
	return depends;
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
	flags = owner_lock();
	there = depends_locked(from, on);
	if (!there && !try_module_get(on->module))
		error = -ENODEV;
	if (!there && !error) {
		list_add_last(&from->dependencies, &dependency->needed);
		list_add_last(&on->dependants, &dependency->needing);
	}
	owner_unlock(flags);
	/* Never under owner_lock, which interrupts take: they interrupt holders of the heap's. */
	if (there || error)
		heap_free(dependency);
	return error;
}

static struct dependency *take_first(struct owner *owner)
{
	uint64_t flags = owner_lock();
	struct dependency *dependency = list_first(&owner->dependencies, struct dependency, needed);

	if (dependency) {
		list_remove(&dependency->needed);
		list_remove(&dependency->needing);
	}
	owner_unlock(flags);
	return dependency;
}

void owner_drop_dependencies(struct owner *owner)
{
	struct dependency *dependency;

	while ((dependency = take_first(owner))) {
		module_put(dependency->on->module);
		heap_free(dependency);
	}
}

/* Appends "NAME" or ",NAME" when it fits with room for ",...". */
static bool append_name(char *names, size_t size, size_t *used, const char *name)
{
	size_t length = strlen(name);

	if (*used + length + 1 + sizeof(",...") > size)
		return false;
	if (*used > 0)
		names[(*used)++] = ',';
	memcpy(names + *used, name, length + 1);
	*used += length;
	return true;
}

unsigned owner_dependants(const struct owner *owner, char *names, size_t size)
{
	struct dependency *dependency;
	unsigned count = 0;
	bool cut = false;
	size_t used = 0;
	uint64_t flags = owner_lock();

	names[0] = '\0';
	list_for_each_reverse(dependency, &owner->dependants, needing) {
		count++;
		if (cut || append_name(names, size, &used, dependency->from->name))
			continue;
		cut = true;
		memcpy(names + used, used > 0 ? ",..." : "...", used > 0 ? 5 : 4);
	}
	owner_unlock(flags);
	return count;
}

bool owner_may_call_back(const struct owner *owner, const void *function)
{
	uint64_t address = (uint64_t)function;
	struct dependency *dependency;
	bool may = owner_has_text(owner, address) || owner_has_text(&kernel_owner, address);
	uint64_t flags;

	if (may)
		return true;
	flags = owner_lock();
	list_for_each(dependency, &owner->dependencies, needed)
		may = may || owner_has_text(dependency->on, address);
	owner_unlock(flags);
	return may;
}
