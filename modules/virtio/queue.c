/*
 * Split queues. The rule: of what lies in memory that the device can write, only the used ring is
 * read, and each word of it once: then it is compared with what is kept beside the ring, in
 * ->places. An index that goes on by more than is under way, an identifier that is not that of a
 * chain, or a length beyond it breaks the queue. Source: VIRTIO 1.1, 2.6.
 */
#include <kernel/module.h>

#include "virtio_internal.h"

static void break_locked(struct virtio_queue *queue, const char *what, uint32_t value)
{
	CHECK(spin_is_held(&queue->lock));
	if (!queue->broken)
		printk(KERN_ERR "virtio: %s: queue %u is broken: the device says %s %u\n",
		       pci_device_name(queue->device->pci), queue->index, what, value);
	queue->broken = true;
}

void queue_break(struct virtio_queue *queue)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);

	queue->broken = true;
	spin_unlock_irqrestore(&queue->lock, flags);
}

/* Nothing is in it, and the device has not been told of it yet. */
void queue_clear(struct virtio_queue *queue)
{
	for (unsigned i = 0; i < queue->size; i++)
		queue->places[i] = (struct place){.next = (uint16_t)(i + 1)};
	queue->free = 0;
	queue->free_count = queue->size;
	queue->added = queue->taken = 0;
	queue->available->flags = queue->available->index = 0;
	queue->used->flags = queue->used->index = 0;
	queue->broken = false;
}

unsigned virtio_queue_places(const struct virtio_queue *queue)
{
	return queue->size;
}
EXPORT_SYMBOL(virtio_queue_places);

/* Writes the chain of @count parts from the first free descriptor on. */
static void write_chain_locked(struct virtio_queue *queue, const struct virtio_part *parts,
			       unsigned out, unsigned count, void *token)
{
	uint16_t first = queue->free, at = first;
	uint32_t writable = 0;

	CHECK(spin_is_held(&queue->lock));
	for (unsigned i = 0; i < count; i++) {
		struct descriptor *descriptor = &queue->descriptors[at];

		descriptor->physical = parts[i].physical;
		descriptor->length = parts[i].length;
		descriptor->flags = (uint16_t)((i >= out ? DESCRIPTOR_WRITE : 0) |
					       (i + 1 < count ? DESCRIPTOR_NEXT : 0));
		descriptor->next = queue->places[at].next;
		writable += i >= out ? parts[i].length : 0;
		at = queue->places[at].next;
	}
	queue->free = at;
	queue->free_count = (uint16_t)(queue->free_count - count);
	queue->places[first].token = token;
	queue->places[first].count = (uint16_t)count;
	queue->places[first].writable = writable;
	queue->available->ring[queue->added % queue->size] = first;
	queue->added++;
	/* The device, which reads the index first, then sees the chain. */
	__atomic_store_n(&queue->available->index, queue->added, __ATOMIC_RELEASE);
}

int virtio_queue_add(struct virtio_queue *queue, const struct virtio_part *parts, unsigned out,
		     unsigned in, void *token)
{
	unsigned count = out + in;
	uint64_t flags;
	int error = 0;

	if (count == 0 || count > VIRTIO_PARTS || !token)
		return -EINVAL;
	flags = spin_lock_irqsave(&queue->lock);
	if (queue->broken)
		error = -EIO;
	else if (queue->free_count < count)
		error = -EAGAIN;
	else
		write_chain_locked(queue, parts, out, count, token);
	spin_unlock_irqrestore(&queue->lock, flags);
	return error;
}
EXPORT_SYMBOL(virtio_queue_add);

/* The fence: the device reads the index and then writes the flag, or sees the bell. */
void virtio_queue_notify(struct virtio_queue *queue)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!(READ_ONCE(queue->used->flags) & USED_NO_NOTIFY))
		*(volatile uint16_t *)queue->bell = (uint16_t)queue->index;
}
EXPORT_SYMBOL(virtio_queue_notify);

/* The chain's descriptors are free again. */
static void *free_chain_locked(struct virtio_queue *queue, uint16_t first)
{
	struct place *head = &queue->places[first];
	void *token = head->token;
	uint16_t last = first;

	CHECK(spin_is_held(&queue->lock));
	for (unsigned i = 1; i < head->count; i++)
		last = queue->places[last].next;
	queue->places[last].next = queue->free;
	queue->free = first;
	queue->free_count = (uint16_t)(queue->free_count + head->count);
	head->token = NULL;
	return token;
}

static void *take_locked(struct virtio_queue *queue, uint32_t *written)
{
	uint16_t index = __atomic_load_n(&queue->used->index, __ATOMIC_ACQUIRE);
	volatile struct used_element *element = &queue->used->ring[queue->taken % queue->size];
	uint16_t ahead = (uint16_t)(index - queue->taken);
	uint32_t id, length;

	CHECK(spin_is_held(&queue->lock));
	if (queue->broken || ahead == 0)
		return NULL;
	id = element->id;
	length = element->length;
	if (ahead > (uint16_t)(queue->added - queue->taken))
		break_locked(queue, "index", index);
	else if (id >= queue->size || !queue->places[id].token)
		break_locked(queue, "identifier", id);
	else if (length > queue->places[id].writable)
		break_locked(queue, "length", length);
	if (queue->broken)
		return NULL;
	queue->taken++;
	*written = length;
	return free_chain_locked(queue, (uint16_t)id);
}

void *virtio_queue_take(struct virtio_queue *queue, uint32_t *written)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	void *token = take_locked(queue, written);

	spin_unlock_irqrestore(&queue->lock, flags);
	return token;
}
EXPORT_SYMBOL(virtio_queue_take);

bool virtio_queue_is_broken(const struct virtio_queue *queue)
{
	return READ_ONCE(queue->broken);
}
EXPORT_SYMBOL(virtio_queue_is_broken);

/* After virtio_stop: the device does not see the ring any more. */
void *virtio_queue_drain(struct virtio_queue *queue)
{
	uint64_t flags = spin_lock_irqsave(&queue->lock);
	void *token = NULL;

	for (uint16_t i = 0; i < queue->size && !token; i++)
		if (queue->places[i].token)
			token = free_chain_locked(queue, i);
	spin_unlock_irqrestore(&queue->lock, flags);
	return token;
}
EXPORT_SYMBOL(virtio_queue_drain);
