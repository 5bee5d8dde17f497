/*
 * What runs later. The one rule: an item is guarded by the lock of the queue that it belongs to,
 * and is given to another queue only under that lock, while it neither waits nor runs. (1) It goes
 * from waiting to running in one critical section, and after its function has returned it is not
 * looked at, as it may be gone. (2) While it runs it can be added again only to the queue whose CPU
 * runs it, so it never runs twice at once. (3) So a thread that takes it out, and under the same
 * lock sees that it does not run, knows that it never will, until it is added again.
 *
 * An item is initialised for the first time by the thread that changes its mark by
 * compare-exchange; no other thread touches it before it is marked. It is initialised again with
 * its queue locked, as all else is done with it, and not while it waits there.
 *
 * Items stand in buckets, by the highest bit in which the time that they are due at differs from
 * the time that has passed (a radix heap). Adding one costs the same however many there are. When
 * time goes on by bit n, all below bucket n are due, and those in it go to lower ones; so an item
 * is moved at most once for each bit.
 */
#include <time/deferred.h>

#include <lib/compiler.h>

#include <kernel/delay.h>
#include <kernel/module.h>
#include <kernel/preempt.h>

#include <log/panic.h>
#include <mm/admission.h>
#include <mm/page_table.h>

#define MARK 0x6465666572726564ull
#define ENTERING 0x656e746572696e67ull /* a thread initialises it */

void deferred_queue_init(struct deferred_queue *queue, const char *name)
{
	spin_lock_init(&queue->lock, name);
	for (unsigned bucket = 0; bucket < DEFERRED_BUCKETS; bucket++)
		list_init(&queue->waiting[bucket]);
}

static bool is_marked(const struct deferred *item)
{
	return __atomic_load_n(&item->mark, __ATOMIC_ACQUIRE) == (MARK ^ (uint64_t)item);
}

/* Does it wait in the queue, however old the memory is that it lies in? */
static bool waits_locked(const struct deferred_queue *queue, const struct deferred *item)
{
	const struct deferred *each;
	bool found = false;

	ASSERT(spin_is_held(&queue->lock));
	for_each_waiting(each, queue)
		found |= each == item;
	return found;
}

/* Of several threads one gets it; NULL: another one has. */
static struct deferred_queue *claim(struct deferred *item, const struct deferred_kind *kind)
{
	uint64_t mark = READ_ONCE(item->mark), entering = ENTERING ^ (uint64_t)item;

	delay_here();
	if (mark == entering || mark == (MARK ^ (uint64_t)item) ||
	    !__atomic_compare_exchange_n(&item->mark, &mark, entering, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return NULL;
	item->cancels = 0;
	return per_cpu_pointer(*kind->queues, 0); /* any will do */
}

static struct deferred_queue *lock_marked(const struct deferred *item, uint64_t *flags)
{
	while (is_marked(item)) {
		struct deferred_queue *queue = READ_ONCE(item->queue);

		delay_here();
		*flags = spin_lock_irqsave(&queue->lock);
		if (item->queue == queue)
			return queue;
		spin_unlock_irqrestore(&queue->lock, *flags);
	}
	return NULL;
}

void deferred_init(struct deferred *item, const struct deferred_kind *kind, const void *function,
		   void *argument, struct module *owner, const struct source_location *place,
		   const void *caller)
{
	struct deferred_queue *locked, *queue;
	const char *why = NULL;
	uint64_t flags;

	if (!page_readable(item, sizeof(*item)) ||
	    (owner && !booking_admit(owner, place, kind->name, caller)))
		return; /* nothing arms it: see deferred_lock */
	locked = lock_marked(item, &flags);
	queue = locked ? locked : claim(item, kind);
	if (!queue)
		why = "by two threads at once: let one do it";
	else if (locked && waits_locked(locked, item))
		why = "while it is armed: cancel it first";
	if (!why) {
		list_init(&item->node);
		item->queue = queue;
		item->function = function;
		item->argument = argument;
		item->owner = owner;
		item->place = place;
		if (!locked)
			__atomic_store_n(&item->mark, MARK ^ (uint64_t)item, __ATOMIC_RELEASE);
	}
	if (locked)
		spin_unlock_irqrestore(&locked->lock, flags);
	if (why)
		printk(KERN_ERR "%s: %s: initialised at %s:%u %s\n", module_name(owner), kind->name,
		       place->file, place->line, why);
}

struct deferred_queue *deferred_lock(const struct deferred *item, const struct deferred_kind *kind,
				     const void *caller, uint64_t *flags)
{
	struct deferred_queue *queue =
	    page_readable(item, sizeof(*item)) ? lock_marked(item, flags) : NULL;

	if (!queue)
		deferred_admit(item, NULL, kind->name, caller);
	return queue;
}

struct deferred_queue *deferred_lock_here(struct deferred *item, const struct deferred_kind *kind,
					  bool take, const void *caller, uint64_t *flags)
{
	for (;;) {
		struct deferred_queue *queue = deferred_lock(item, kind, caller, flags);
		struct deferred_queue *here = this_cpu_pointer(*kind->queues);

		if (!queue)
			return NULL;
		if (take)
			list_remove(&item->node);
		if (queue == here || queue->running == item || list_is_linked(&item->node))
			return queue;
		item->queue = here;
		spin_unlock_irqrestore(&queue->lock, *flags);
	}
}

static unsigned bucket_of(const struct deferred_queue *queue, uint64_t due)
{
	return due <= queue->passed ? 0 : 64 - (unsigned)__builtin_clzll(due ^ queue->passed);
}

void deferred_add_locked(struct deferred_queue *queue, struct deferred *item, uint64_t due)
{
	unsigned bucket = bucket_of(queue, due);
	struct list_node *head = &queue->waiting[bucket];
	struct deferred *before = list_entry(head->previous, struct deferred, node);

	ASSERT(spin_is_held(&queue->lock));
	if (list_is_empty(head) || due < queue->earliest[bucket])
		queue->earliest[bucket] = due;
	while (bucket == 0 && &before->node != head && before->due > due)
		before = list_entry(before->node.previous, struct deferred, node);
	if (bucket > 0)
		queue->used |= 1ull << (bucket - 1);
	item->due = due;
	list_add_first(&before->node, &item->node); /* right behind it, or behind the head */
}

/* Lower buckets first: what was in them is due before what was in higher ones. */
static void pass_locked(struct deferred_queue *queue, uint64_t now)
{
	unsigned highest = bucket_of(queue, now);
	struct deferred *item, *next;

	ASSERT(spin_is_held(&queue->lock));
	queue->passed = max(queue->passed, now);
	for (unsigned bucket = 0; (bucket = deferred_bucket_after(queue, bucket)) <= highest;) {
		queue->used &= ~(1ull << (bucket - 1));
		list_for_each_safe(item, next, &queue->waiting[bucket], node) {
			list_remove(&item->node);
			deferred_add_locked(queue, item, item->due);
		}
	}
}

uint64_t deferred_next_locked(const struct deferred_queue *queue)
{
	ASSERT(spin_is_held(&queue->lock));
	for (unsigned bucket = deferred_bucket_after(queue, 0); bucket < DEFERRED_BUCKETS;
	     bucket = deferred_bucket_after(queue, bucket))
		if (!list_is_empty(&queue->waiting[bucket]))
			return queue->earliest[bucket];
	return UINT64_MAX;
}

struct deferred *deferred_take_locked(struct deferred_queue *queue, uint64_t now)
{
	struct deferred *first;

	ASSERT(spin_is_held(&queue->lock));
	pass_locked(queue, now);
	first = list_first(&queue->waiting[0], struct deferred, node);
	if (first)
		list_remove(&first->node);
	queue->running = first;
	if (first)
		first->runs++;
	queue->running_owner = first ? first->owner : NULL;
	return first;
}

struct deferred_queue *deferred_withdraw(struct deferred *item, const struct deferred_kind *kind,
					 const void *caller, bool *waited)
{
	uint64_t flags;
	struct deferred_queue *queue = deferred_lock(item, kind, caller, &flags);
	bool runs = queue && queue->running == item;

	if (!queue)
		return NULL;
	*waited |= list_is_linked(&item->node);
	list_remove(&item->node);
	spin_unlock_irqrestore(&queue->lock, flags);
	return runs ? queue : NULL;
}

static struct deferred *first_of_locked(struct deferred_queue *queue, const struct module *owner)
{
	struct deferred *item;

	ASSERT(spin_is_held(&queue->lock));
	for_each_waiting(item, queue)
		if (item->owner == owner)
			return item;
	return NULL;
}

bool deferred_take_of(const struct deferred_kind *kind, const struct module *owner,
		      const struct source_location **place)
{
	struct deferred *item = NULL;

	for (unsigned cpu = 0; cpu < cpu_count() && !item; cpu++) {
		struct deferred_queue *queue = per_cpu_pointer(*kind->queues, cpu);
		uint64_t flags = spin_lock_irqsave(&queue->lock);

		item = first_of_locked(queue, owner);
		if (item) {
			list_remove(&item->node);
			*place = item->place;
		}
		spin_unlock_irqrestore(&queue->lock, flags);
	}
	return item != NULL;
}

bool deferred_runs_of(const struct deferred_kind *kind, const struct module *owner)
{
	bool runs = false;

	for (unsigned cpu = 0; cpu < cpu_count() && !runs; cpu++) {
		struct deferred_queue *queue = per_cpu_pointer(*kind->queues, cpu);
		uint64_t flags = spin_lock_irqsave(&queue->lock);

		runs = queue->running_owner == owner;
		spin_unlock_irqrestore(&queue->lock, flags);
	}
	return runs;
}
