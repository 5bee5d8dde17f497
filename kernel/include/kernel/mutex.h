#pragma once

#include <stdbool.h>

#include <lib/list.h>

#include <kernel/spinlock.h>

struct thread;

/* A lock whose holder may sleep. Context: thread. The holder unlocks it, nobody else. */
struct mutex {
	struct spinlock lock;	  /* guards the rest */
	struct thread *holder;	  /* [L] */
	struct list_node waiters; /* [L] first to wait is first served */
};

#define MUTEX_INIT(variable, text)                                                                 \
	{                                                                                          \
		.lock = SPINLOCK_INIT(text), .waiters = LIST_INIT((variable).waiters)              \
	}
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name, #name)

void mutex_init(struct mutex *mutex, const char *name);
void mutex_lock(struct mutex *mutex);
bool mutex_trylock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_held(const struct mutex *mutex); /* by the current thread */
