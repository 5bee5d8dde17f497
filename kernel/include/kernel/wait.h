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
	struct list_node waiters; /* [L] of threads that wait, those that came first in front */
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
 * and wait_sleep says so in the log. wait_sleep returns false when @deadline has passed. A thread
 * may wait for several queues at once, up to WAITS_MOST: beyond that wait_prepare says so in the
 * log, and wait_sleep does not sleep. What a callback has prepared it
 * finishes, in any order: else the wait is ended for it, with a line in the log.
 */
#define WAITS_MOST 8u
void wait_prepare(struct wait_queue *queue);
bool wait_sleep(uint64_t deadline);
void wait_finish(struct wait_queue *queue);

/* Sleeps until @condition; true, or false when time_now() passed @deadline with it still false. */
#define wait_event_until(queue, condition, deadline)                                               \
	({                                                                                         \
		bool wait_true, wait_more = true;                                                  \
		for (;;) {                                                                         \
			wait_prepare(queue);                                                       \
			wait_true = (condition);                                                   \
			if (wait_true || !wait_more)                                               \
				break;                                                             \
			wait_more = wait_sleep(deadline);                                          \
		}                                                                                  \
		wait_finish(queue);                                                                \
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
