#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/list.h>

#include <kernel/spinlock.h>

/*
 * Wait queues and completions. A waking thread changes the condition first and calls
 * wait_queue_wake then; a waiting one looks at the condition after it is on the queue, so no
 * wake-up is lost. wake: any context but nmi. wait: thread, and the condition is evaluated there.
 */
struct wait_queue {
	struct spinlock lock;
	struct list_node waiters; /* [L] struct waiter */
};

/* A thread's innermost wait; a condition may wait itself, so they are a chain. */
struct waiting {
	struct waiter *waiter; /* NULL: there is none */
	struct wait_queue *queue;
	const char *name; /* of the queue's lock: it says whether the memory is still a queue's */
};

struct waiter {
	struct list_node node;
	struct thread *thread;	  /* [L] NULL: not in the queue, or woken */
	struct wait_queue *queue; /* [P] from wait_prepare to wait_finish, else NULL */
	struct waiting outer;	  /* [P] likewise */
};

#define WAIT_QUEUE_INIT(variable)                                                                  \
	{                                                                                          \
		.lock = SPINLOCK_INIT("wait_queue"), .waiters = LIST_INIT((variable).waiters)      \
	}
#define DEFINE_WAIT_QUEUE(name) struct wait_queue name = WAIT_QUEUE_INIT(name)

#define WAIT_FOREVER UINT64_MAX

void wait_queue_init(struct wait_queue *queue);
void wait_queue_wake(struct wait_queue *queue); /* all */

/*
 * The halves of wait_event, for the macro. Where sleeping is forbidden wait_prepare does nothing,
 * and wait_sleep says so in the log. wait_sleep returns false when @deadline has passed. What a
 * callback has prepared it finishes, in any order: else the wait is ended for it, with a line in
 * the log.
 */
void wait_prepare(struct wait_queue *queue, struct waiter *waiter);
bool wait_sleep(uint64_t deadline);
void wait_finish(struct wait_queue *queue, struct waiter *waiter);

/* Sleeps until @condition; true, or false when time_now() passed @deadline with it still false. */
#define wait_event_until(queue, condition, deadline)                                               \
	({                                                                                         \
		struct waiter wait_here = {.thread = NULL};                                        \
		bool wait_true, wait_more = true;                                                  \
		for (;;) {                                                                         \
			wait_prepare(queue, &wait_here);                                           \
			wait_true = (condition);                                                   \
			if (wait_true || !wait_more)                                               \
				break;                                                             \
			wait_more = wait_sleep(deadline);                                          \
		}                                                                                  \
		wait_finish(queue, &wait_here);                                                    \
		wait_true;                                                                         \
	})
#define wait_event(queue, condition) ((void)wait_event_until(queue, condition, WAIT_FOREVER))

struct completion {
	struct wait_queue queue;
	uint32_t done; /* [L] of the queue: how many waits may pass */
};

void completion_init(struct completion *completion);
void complete(struct completion *completion);
void completion_wait(struct completion *completion);
