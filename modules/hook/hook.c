/*
 * Interface `hook`: chains that are walked very often. Each hook point is an interface of the
 * module that pushes the messages, with functions of this one: they keep its chain. A chain is one
 * array, published by pointer and changed only while the machine is stopped, but for its function
 * pointers: what is not to be called yet, or not any more, has this module's pass function in its
 * place. So a walk costs one indirect call a hook and looks at no owner's state. Every walk is one
 * preemption-off section, so the stop that a hook comes or goes in finds no CPU walking.
 */
#include <kernel/hook.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/mutex.h>
#include <kernel/stop.h>

MODULE_LICENSE("MIT");
MODULE_DESCRIPTION("Hooks: chains that are called very often");
MODULE_VERSION("1.0");

static DEFINE_MUTEX(hook_mutex); /* one chain is rebuilt at a time */

static int pass(struct hook *hook, void *message)
{
	return HOOK_PASS;
}

/* The bus has a copy of each, which the module has no reason to write to. */
static const void *handler_of(const struct hook *hook)
{
	return hook->registration.operations[OPERATION(hook, handle)];
}

static struct hook_point *point_of(const struct registration *registration)
{
	return container_of(registration->interface, struct hook_point, interface);
}

/* Under `debug`: by itself, so that what it leaves is seen in whole, and is not another's. */
static int handle_alone(struct hook *hook, void *message)
{
	struct guarded_one one = {1, {handler_of(hook), hook, hook->registration.owner}};

	return call_guarded(&one, message);
}

static const void *function_of(const struct hook *hook, bool callable)
{
	if (!callable)
		return (const void *)pass;
	return debug_enabled ? (const void *)handle_alone : handler_of(hook);
}

static struct hook *hook_of(struct registration *registration)
{
	return container_of(registration, struct hook, registration);
}

/* The interface's lock is held, or the machine is stopped: the chain stays. */
void hook_changed(struct registration *registration, bool callable)
{
	struct hook *hook = hook_of(registration);
	struct guarded_chain *chain = point_of(registration)->chain;

	for (unsigned i = 0; chain && i < chain->count; i++)
		if (chain->slots[i].object == hook)
			WRITE_ONCE(chain->slots[i].function, function_of(hook, callable));
}
EXPORT_SYMBOL(hook_changed);

struct rebuild {
	struct hook_point *point;
	struct guarded_chain *chain; /* to be filled; may be the one that stands there */
	size_t limit;
};

static int priority_of(const struct guarded *slot)
{
	return ((const struct hook *)slot->object)->priority;
}

/*
 * Those of the interface's list that are not leaving, by priority. The list is oldest first, and a
 * chain is a beginning of it: what has come since its size was taken brings a chain of its own.
 */
static int rebuild_stopped(void *argument)
{
	struct rebuild *rebuild = argument;
	struct hook_point *point = rebuild->point;
	struct guarded_chain *chain = rebuild->chain;
	struct registration *registration;

	chain->count = 0;
	list_for_each(registration, &point->interface.registrations, in_interface) {
		struct hook *hook = hook_of(registration);
		uint64_t at = chain->count;

		if (registration->state == REGISTRATION_CLOSED || at == rebuild->limit)
			continue;
		for (; at > 0 && priority_of(&chain->slots[at - 1]) > hook->priority; at--)
			chain->slots[at] = chain->slots[at - 1];
		chain->slots[at] =
		    (struct guarded){function_of(hook, registration_callable(registration)), hook,
				     registration->owner};
		chain->count++;
	}
	point->chain = chain->count > 0 ? chain : NULL;
	return 0;
}

/* With a new array, or, when there is no memory and @shrinks, in the one that stands there. */
static int rebuild_chain(struct hook_point *point, bool shrinks)
{
	struct rebuild rebuild = {.point = point};
	struct guarded_chain *old;

	mutex_lock(&hook_mutex);
	old = point->chain;
	spin_lock(&point->interface.lock);
	rebuild.limit = list_count(&point->interface.registrations) - point->interface.closed;
	spin_unlock(&point->interface.lock);
	rebuild.chain = heap_alloc(sizeof(*old) + rebuild.limit * sizeof(struct guarded));
	if (!rebuild.chain && shrinks && old)
		rebuild = (struct rebuild){point, old, old->count};
	if (rebuild.chain)
		stop_machine(rebuild_stopped, &rebuild, NULL);
	if (old != point->chain)
		heap_free(old);
	if (rebuild.chain != old && rebuild.chain != point->chain)
		heap_free(rebuild.chain);
	mutex_unlock(&hook_mutex);
	return rebuild.chain ? 0 : -ENOMEM;
}

int hook_entering(struct registration *registration)
{
	return rebuild_chain(point_of(registration), false);
}
EXPORT_SYMBOL(hook_entering);

/* Cannot fail: the old array has room for a hook less. */
void hook_left(struct registration *registration)
{
	rebuild_chain(point_of(registration), true);
}
EXPORT_SYMBOL(hook_left);

/* There is nothing to undo: the module of each hook point depends on this one. */
static void hook_exit(void)
{
}
module_exit(hook_exit);
