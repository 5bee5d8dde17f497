#pragma once

#include <stdbool.h>

#include <kernel/wait.h>

/* A lock whose holder may sleep. Context: thread. The holder unlocks it, no other thread. */
struct mutex {
	struct wait_queue queue; /* first to wait is first served */
	struct thread *holder;	 /* [L] of the queue */
};

#define MUTEX_INIT(variable, text)                                                                 \
	{                                                                                          \
		.queue = {                                                                         \
			.lock = SPINLOCK_INIT(text),                                               \
			.waiters = LIST_INIT((variable).queue.waiters)                             \
		}                                                                                  \
	}
#define DEFINE_MUTEX(name) struct mutex name = MUTEX_INIT(name, #name)

void mutex_init(struct mutex *mutex, const char *name);
void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
bool mutex_is_held(const struct mutex *mutex); /* by the current thread */
