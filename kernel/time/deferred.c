/*
 * What runs later. The one rule: an item is guarded by the lock of the queue that it belongs to,
 * and is given to another queue only under that lock, while it neither waits nor runs. (1) It goes
 * from waiting to running in one critical section, and after its function has returned it is not
 * looked at, as it may be gone. (2) While it runs it can be added again only to the queue whose CPU
 * runs it, so it never runs twice at once. (3) So a thread that takes it out, and under the same
 * lock sees that it does not run, knows that it never will, until it is added again.
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

void deferred_queue_init(struct deferred_queue *queue, const char *name)
{
	spin_lock_init(&queue->lock, name);
	list_init(&queue->waiting);
}

static bool is_marked(const struct deferred *item)
{
	return item->mark == (MARK ^ (uint64_t)item);
}

/* Does it wait in a queue, however old the memory is that it lies in? */
static bool waits(const struct deferred *item, struct deferred_queue *queues)
{
	const struct deferred *each;
	bool found = false;

	for (unsigned cpu = 0; is_marked(item) && cpu < cpu_count(); cpu++) {
		struct deferred_queue *queue = per_cpu_pointer(*queues, cpu);
		uint64_t flags = spin_lock_irqsave(&queue->lock);

		list_for_each(each, &queue->waiting, node)
			found |= each == item;
		spin_unlock_irqrestore(&queue->lock, flags);
	}
	return found;
}

/* It begins as CPU 0's: any will do. */
bool deferred_init(struct deferred *item, struct deferred_queue *queues, struct module *owner,
		   const struct place *place, const char *kind, const void *caller)
{
	if (!page_readable(item, sizeof(*item)) ||
	    (owner && !booking_admit(owner, place, kind, caller)))
		return false; /* nothing arms it: see deferred_ready */
	if (waits(item, queues)) {
		printk(KERN_ERR "%s: %s: initialised at %s:%u while it is armed: cancel it first\n",
		       module_name(owner), kind, place->file, place->line);
		return false;
	}
	list_init(&item->node);
	item->queue = per_cpu_pointer(*queues, 0);
	item->owner = owner;
	item->place = place;
	item->mark = MARK ^ (uint64_t)item;
	return true;
}

bool deferred_ready(const struct deferred *item, const char *kind, const void *caller)
{
	if (likely(page_readable(item, sizeof(*item)) && is_marked(item)))
		return true;
	deferred_admit(item, NULL, kind, caller);
	return false;
}

struct deferred_queue *deferred_lock(const struct deferred *item, uint64_t *flags)
{
	for (;;) {
		struct deferred_queue *queue = READ_ONCE(item->queue);

		delay_here();
		*flags = spin_lock_irqsave(&queue->lock);
		if (item->queue == queue)
			return queue;
		spin_unlock_irqrestore(&queue->lock, *flags);
	}
}

struct deferred_queue *deferred_lock_here(struct deferred *item, struct deferred_queue *queues,
					  bool take, uint64_t *flags)
{
	for (;;) {
		struct deferred_queue *queue = deferred_lock(item, flags);
		struct deferred_queue *here = this_cpu_pointer(*queues);

		if (take)
			list_remove(&item->node);
		if (queue == here || queue->running == item || list_is_linked(&item->node))
			return queue;
		item->queue = here;
		spin_unlock_irqrestore(&queue->lock, *flags);
	}
}

void deferred_add_locked(struct deferred_queue *queue, struct deferred *item, uint64_t due)
{
	struct deferred *before;

	ASSERT(spin_is_held(&queue->lock));
	list_for_each_reverse(before, &queue->waiting, node) {
		if (before->due <= due)
			break;
	}
	item->due = due;
	list_add_first(&before->node, &item->node); /* right behind it, or behind the head */
}

struct deferred *deferred_take_locked(struct deferred_queue *queue, uint64_t now)
{
	struct deferred *first = list_first(&queue->waiting, struct deferred, node);

	ASSERT(spin_is_held(&queue->lock));
	if (first && first->due > now)
		first = NULL;
	if (first)
		list_remove(&first->node);
	queue->running = first;
	queue->running_owner = first ? first->owner : NULL;
	return first;
}

struct deferred_queue *deferred_withdraw(struct deferred *item, bool *waited)
{
	uint64_t flags;
	struct deferred_queue *queue = deferred_lock(item, &flags);
	bool runs = queue->running == item;

	*waited |= list_is_linked(&item->node);
	list_remove(&item->node);
	spin_unlock_irqrestore(&queue->lock, flags);
	return runs ? queue : NULL;
}

static struct deferred *first_of_locked(struct deferred_queue *queue, const struct module *owner)
{
	struct deferred *item;

	ASSERT(spin_is_held(&queue->lock));
	list_for_each(item, &queue->waiting, node)
		if (item->owner == owner)
			return item;
	return NULL;
}

bool deferred_take_of(struct deferred_queue *queues, const struct module *owner,
		      const struct place **place)
{
	struct deferred *item = NULL;

	for (unsigned cpu = 0; cpu < cpu_count() && !item; cpu++) {
		struct deferred_queue *queue = per_cpu_pointer(*queues, cpu);
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

bool deferred_runs_of(struct deferred_queue *queues, const struct module *owner)
{
	bool runs = false;

	for (unsigned cpu = 0; cpu < cpu_count() && !runs; cpu++) {
		struct deferred_queue *queue = per_cpu_pointer(*queues, cpu);
		uint64_t flags = spin_lock_irqsave(&queue->lock);

		runs = queue->running_owner == owner;
		spin_unlock_irqrestore(&queue->lock, flags);
	}
	return runs;
}
