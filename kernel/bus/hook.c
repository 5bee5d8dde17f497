/*
 * Interface `hook`: chains that are walked very often. A chain is one array, published by pointer
 * and never changed but for its function pointers: who is not to be called yet, or not any more,
 * has the kernel's own pass function in its place. So a walk costs one indirect call a hook and
 * looks at nobody's state. A new array is built for each hook that comes or goes; the old one is
 * freed after a stop, since every walk is one preemption-off section.
 */
#include <kernel/hook.h>

#include <kernel/heap.h>
#include <kernel/mutex.h>
#include <kernel/preempt.h>
#include <kernel/stop.h>

#include <arch/guard.h>

#include "bus_internal.h"

const char *const hook_operation_names[1] = {"handle"};
EXPORT_SYMBOL(hook_operation_names);

static DEFINE_MUTEX(hook_mutex); /* one chain is rebuilt at a time */

static int pass(struct hook *hook, void *message)
{
	return HOOK_PASS;
}

enum hook_verdict hook_walk(struct hook_point *point, void *message)
{
	return (enum hook_verdict)walk_guarded(&point->chain, message);
}
EXPORT_SYMBOL(hook_walk);

/* The interface's lock is held, or the machine is stopped: the chain stays. */
static void hook_changed(struct registration *registration, bool callable)
{
	struct hook *hook = container_of(registration, struct hook, registration);
	struct guarded_chain *chain = hook->point->chain;

	for (unsigned i = 0; chain && i < chain->count; i++)
		if (chain->slots[i].object == hook)
			WRITE_ONCE(chain->slots[i].function,
				   callable ? (const void *)hook->operations->handle
					    : (const void *)pass);
}

static int remove_left_behind(struct registration *registration)
{
	return hook_unregister(container_of(registration, struct hook, registration));
}

int hook_point_register_at(struct hook_point *point, struct module *owner,
			   const struct place *place)
{
	point->chain = NULL;
	point->interface.changed = hook_changed;
	point->interface.remove = remove_left_behind;
	return interface_register_at(&point->interface, owner, place);
}
EXPORT_SYMBOL(hook_point_register_at);

int hook_point_unregister(struct hook_point *point)
{
	return interface_unregister(&point->interface);
}
EXPORT_SYMBOL(hook_point_unregister);

static struct guarded_chain *chain_alloc(unsigned count)
{
	struct guarded_chain *chain = heap_alloc(sizeof(*chain) + count * sizeof(struct guarded));

	if (chain)
		chain->count = count;
	return chain;
}

static int nothing_stopped(void *unused)
{
	return 0;
}

/* Nobody walks @chain after this. */
static void chain_retire(struct guarded_chain *chain)
{
	if (!chain)
		return;
	stop_machine(nothing_stopped, NULL, NULL);
	heap_free(chain);
}

static int priority_of(const struct guarded *slot)
{
	return ((const struct hook *)slot->object)->priority;
}

/* Copies the chain's slots with @hook among them; functions cannot change meanwhile. */
static void chain_fill_locked(struct guarded_chain *chain, const struct guarded_chain *old,
			      struct hook *hook)
{
	unsigned from = 0, to = 0, count = old ? old->count : 0;

	while (from < count && priority_of(&old->slots[from]) <= hook->priority)
		chain->slots[to++] = old->slots[from++];
	chain->slots[to++] = (struct guarded){pass, hook, hook->registration.owner};
	while (from < count)
		chain->slots[to++] = old->slots[from++];
}

static int chain_insert(struct hook_point *point, struct hook *hook)
{
	struct guarded_chain *old = point->chain;
	struct guarded_chain *chain = chain_alloc(old ? old->count + 1 : 1);

	if (!chain)
		return -ENOMEM;
	spin_lock(&point->interface.lock);
	chain_fill_locked(chain, old, hook);
	/* Release: walkers find the slots written. Pairs with the data dependency in hook_walk. */
	__atomic_store_n(&point->chain, chain, __ATOMIC_RELEASE);
	spin_unlock(&point->interface.lock);
	chain_retire(old);
	return 0;
}

struct removal {
	struct hook_point *point;
	struct hook *hook;
	struct guarded_chain *replacement; /* NULL: the chain itself is closed up */
};

/* Stopped: nobody walks, so the old chain may be changed, or freed afterwards. */
static int chain_remove_stopped(void *argument)
{
	struct removal *removal = argument;
	struct guarded_chain *old = removal->point->chain;
	struct guarded_chain *chain = removal->replacement ? removal->replacement : old;
	unsigned to = 0, count = old->count;

	for (unsigned from = 0; from < count; from++)
		if (old->slots[from].object != removal->hook)
			chain->slots[to++] = old->slots[from];
	chain->count = to;
	removal->point->chain = to > 0 ? chain : NULL;
	return 0;
}

/* Cannot fail: without memory for a shorter array the old one goes on with a slot less. */
static void chain_remove(struct hook_point *point, struct hook *hook)
{
	struct guarded_chain *old = point->chain;
	struct removal removal = {point, hook, NULL};

	if (old->count > 1)
		removal.replacement = chain_alloc(old->count - 1);
	stop_machine(chain_remove_stopped, &removal, NULL);
	if (point->chain != old)
		heap_free(old);
}

int hook_reserve_at(struct hook *hook, struct module *owner, const struct place *place)
{
	int error;

	might_sleep();
	mutex_lock(&hook_mutex);
	error = registration_reserve(&hook->registration, &hook->point->interface, hook->name,
				     hook->operations, owner, place, __builtin_return_address(0));
	if (!error) {
		error = chain_insert(hook->point, hook);
		if (error)
			registration_remove(&hook->registration);
	}
	mutex_unlock(&hook_mutex);
	return error;
}
EXPORT_SYMBOL(hook_reserve_at);

int hook_register_at(struct hook *hook, struct module *owner, const struct place *place)
{
	struct registration *registration = &hook->registration;
	int error = hook_reserve_at(hook, owner, place);

	return error ? error : registration_activate(&registration, 1);
}
EXPORT_SYMBOL(hook_register_at);

int hook_unregister(struct hook *hook)
{
	int error;

	might_sleep();
	mutex_lock(&hook_mutex);
	error = registration_remove(&hook->registration);
	if (!error)
		chain_remove(hook->point, hook);
	mutex_unlock(&hook_mutex);
	return error;
}
EXPORT_SYMBOL(hook_unregister);
