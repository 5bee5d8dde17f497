#pragma once

#include <stdint.h>

#include <kernel/bus.h>

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
struct guarded_chain;

struct hook_operations {
	enum hook_verdict (*handle)(struct hook *hook, void *message);
};

/* Where hooks are hung; defined by who pushes the messages. */
struct hook_point {
	struct interface interface;
	struct guarded_chain *chain; /* [A] NULL: empty; published by the bus */
};

extern const char *const hook_operation_names[1];
#define HOOK_POINT_INIT(text)                                                                      \
	{                                                                                          \
		.interface = {                                                                     \
			.name = text,                                                              \
			.operations = hook_operation_names,                                        \
			.operation_count = 1,                                                      \
			.required = 1,                                                             \
			.context = INTERFACE_ATOMIC,                                               \
			.flags = INTERFACE_UNIQUE | INTERFACE_BARE,                                \
		}                                                                                  \
	}

struct hook {
	const char *name;
	int priority; /* lower runs first; equal: older first */
	const struct hook_operations *operations;
	struct hook_point *point;
	struct registration registration;
};

#define hook_point_register(point) hook_point_register_at(point, THIS_MODULE, PLACE)
int hook_point_register_at(struct hook_point *point, struct module *owner,
			   const struct place *place);
int hook_point_unregister(struct hook_point *point); /* -EBUSY while hooks hang there */

#define hook_register(hook) hook_register_at(hook, THIS_MODULE, PLACE)
int hook_register_at(struct hook *hook, struct module *owner, const struct place *place);
#define hook_reserve(hook) hook_reserve_at(hook, THIS_MODULE, PLACE)
int hook_reserve_at(struct hook *hook, struct module *owner, const struct place *place);
int hook_unregister(struct hook *hook);

enum hook_verdict hook_walk(struct hook_point *point, void *message);

static inline enum hook_verdict hook_run(struct hook_point *point, void *message)
{
	if (likely(!READ_ONCE(point->chain)))
		return HOOK_PASS;
	return hook_walk(point, message);
}
