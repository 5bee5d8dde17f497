#pragma once

#include <kernel/bus.h>
#include <kernel/guard.h>
#include <kernel/stack.h>

/*
 * Interface `hook`: a chain called very often, from any context but nmi. The callbacks never sleep;
 * one preemption-off section protects a whole walk, and a hook that is removed waits for a stop.
 * An empty point costs one load, one test and one branch not taken.
 */
enum hook_verdict {
	HOOK_PASS, /* on to the next */
	HOOK_DROP, /* ends the walk; the message is refused */
	HOOK_TAKE, /* ends the walk; the hook has dealt with the message */
};

struct hook;

struct hook_operations {
	enum hook_verdict (*handle)(struct hook *hook, void *message);
};

/* Where hooks are hung; defined by what pushes the messages. */
struct hook_point {
	struct interface interface;
	struct guarded_chain *chain; /* [A] NULL: empty; published by the bus */
};

#define HOOK_POINT_INIT(text)                                                                      \
	{                                                                                          \
		.interface = {                                                                     \
			.name = text,                                                              \
			INTERFACE_OPERATIONS("handle"),                                            \
			.required = 1,                                                             \
			.context = INTERFACE_ATOMIC,                                               \
			.flags = INTERFACE_UNIQUE | INTERFACE_BARE,                                \
			INTERFACE_ENTRY(hook),                                                     \
			.entering = hook_entering,                                                 \
			.changed = hook_changed,                                                   \
			.left = hook_left,                                                         \
		}                                                                                  \
	}
int hook_entering(struct registration *registration);
void hook_changed(struct registration *registration, bool callable);
void hook_left(struct registration *registration);

struct hook {
	const char *name;
	int priority; /* lower runs first; equal: older first */
	const struct hook_operations *operations;
	struct hook_point *point;
	struct registration registration;
};

#define hook_point_register(point) interface_register(&(point)->interface)
/* -EBUSY while hooks hang there. */
#define hook_point_unregister(point) interface_unregister(&(point)->interface)

#define hook_register(entry)                                                                       \
	REGISTRATION_ENTER(register, hook, &entry_->point->interface, entry, THIS_MODULE)
#define hook_reserve(entry)                                                                        \
	REGISTRATION_ENTER(reserve, hook, &entry_->point->interface, entry, THIS_MODULE)
#define hook_unregister(entry) REGISTRATION_LEAVE(hook, entry)

static inline enum hook_verdict hook_run(struct hook_point *point, void *message)
{
	if (likely(!READ_ONCE(point->chain)))
		return HOOK_PASS;
	stack_demand(STACK_FOR_WALK);
	return (enum hook_verdict)walk_guarded(&point->chain, message);
}
