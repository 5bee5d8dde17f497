#pragma once

#include <stdbool.h>

#include <kernel/deferred.h>
#include <kernel/percpu.h>
#include <kernel/spinlock.h>

/*
 * What an owner starts and that runs later: timers and work. Each kind has a queue for each CPU,
 * per-CPU data. An item belongs to one of them, whose lock guards it. time/deferred.c has the
 * argument. Context: any but nmi.
 */
#define DEFERRED_BUCKETS 65
struct deferred_queue {
	struct spinlock lock;
	uint64_t passed; /* [L] what is due by then has come to bucket 0 */
	/* [L] struct deferred. Bucket 0: due, those due first in front; bucket n: bit n - 1 of what
	 * they are due at is the highest in which it differs from ->passed. */
	struct list_node waiting[DEFERRED_BUCKETS];
	uint64_t used; /* [L] bit n - 1: bucket n may have items; when not set, it has none */
	uint64_t earliest[DEFERRED_BUCKETS]; /* [L] none in a bucket is due before; unless empty */
	const struct deferred *running;	     /* [L] what it runs now; NULL: nothing */
	const struct module *running_owner;  /* [L] */
};

struct deferred_kind {
	const char *name;	       /* "timer", "work" */
	struct deferred_queue *queues; /* this CPU's */
};

void deferred_queue_init(struct deferred_queue *queue, const char *name);
/* Nothing, with a line in the log, when it waits, another thread initialises it, or it must not be
 * booked with @place; nor when it is nowhere at all. */
void deferred_init(struct deferred *item, const struct deferred_kind *kind, const void *function,
		   void *argument, struct module *owner, const struct source_location *place,
		   const void *caller);

/* Locks the queue that the item belongs to. NULL, with a line in the log: it is not initialised. */
struct deferred_queue *deferred_lock(const struct deferred *item, const struct deferred_kind *kind,
				     const void *caller, uint64_t *flags);
/*
 * The same in order to add it: it now belongs to this CPU's queue, unless it still runs on another,
 * or waits there and is not to be taken out (@take: it waits nowhere any more).
 */
struct deferred_queue *deferred_lock_here(struct deferred *item, const struct deferred_kind *kind,
					  bool take, const void *caller, uint64_t *flags);
void deferred_add_locked(struct deferred_queue *queue, struct deferred *item, uint64_t due);
/* Not after the first one that is not due yet; UINT64_MAX: there is none. */
uint64_t deferred_next_locked(const struct deferred_queue *queue);
/* The next bucket behind @bucket that may have items; DEFERRED_BUCKETS: none. */
static inline unsigned deferred_bucket_after(const struct deferred_queue *queue, unsigned bucket)
{
	uint64_t behind = bucket < 64 ? queue->used >> bucket << bucket : 0;

	return behind ? (unsigned)__builtin_ctzll(behind) + 1 : DEFERRED_BUCKETS;
}
#define for_each_waiting(item, queue)                                                              \
	for (unsigned bucket_ = 0; bucket_ < DEFERRED_BUCKETS;                                     \
	     bucket_ = deferred_bucket_after(queue, bucket_))                                      \
		list_for_each(item, &(queue)->waiting[bucket_], node)
/* Takes out the first one that is due, as the one that runs from now on; NULL: now none does. */
struct deferred *deferred_take_locked(struct deferred_queue *queue, uint64_t now);
/* Takes it out; *@waited is set if it waited. The queue whose CPU still runs it; NULL: none, or,
 * with a line in the log, it is not initialised. */
struct deferred_queue *deferred_withdraw(struct deferred *item, const struct deferred_kind *kind,
					 const void *caller, bool *waited);

/*
 * For the sweep. Takes out an item of @owner that waits and tells its place; false: none waits, and
 * with admission refused none comes. The item is not looked at afterwards, since the owner may free
 * it. deferred_runs_of: does one of @owner's run on any CPU?
 */
bool deferred_take_of(const struct deferred_kind *kind, const struct module *owner,
		      const struct source_location **place);
bool deferred_runs_of(const struct deferred_kind *kind, const struct module *owner);

/*
 * Asked, with the queue locked, before an item is added, and each time before a periodic one is
 * added again (@caller NULL: when the books of its owner are closed, too, so that the sweep finds
 * it): 0, or the error that adding it returns, of which -EINVAL has been told in the log.
 * @function NULL: the item is not initialised. The bus defines it.
 */
int deferred_admit(const struct deferred *item, const void *function, const char *kind,
		   const void *caller);
