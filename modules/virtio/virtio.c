/*
 * Devices and their life: opened, started, stopped, begun anew, closed. The rule: memory of a queue
 * goes only after the device has been reset, or, when it takes no reset, kept from memory by pci;
 * so it does when its driver fails, before the sweep.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "virtio_internal.h"

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Virtio devices on PCI: features, configuration, queues");
MODULE_VERSION("1.0");

/* The rings behind each other, each aligned as 2.6 wants it. */
static size_t available_offset(size_t size)
{
	return size * sizeof(struct descriptor);
}

static size_t used_offset(size_t size)
{
	size_t available = sizeof(struct available) + (size + 1) * sizeof(uint16_t);

	return align_up(available_offset(size) + available, (size_t)4);
}

static size_t queue_bytes(size_t size)
{
	return used_offset(size) + sizeof(struct used) + size * sizeof(struct used_element) +
	       sizeof(uint16_t);
}

int virtio_open_at(struct pci_device *pci, uint64_t wanted, struct module *owner,
		   const struct source_location *place, struct virtio_device **result)
{
	struct virtio_device *device = heap_alloc_zeroed_at(sizeof(*device), owner, place);
	int error;

	if (!device)
		return -ENOMEM;
	device->pci = pci;
	device->owner = owner;
	device->place = place;
	device->wanted = wanted;
	error = transport_map(device);
	if (!error)
		error = transport_agree(device);
	if (error) {
		transport_unmap(device);
		heap_free(device);
		return error;
	}
	*result = device;
	return 0;
}
EXPORT_SYMBOL(virtio_open_at);

uint64_t virtio_features(const struct virtio_device *device)
{
	return device->features;
}
EXPORT_SYMBOL(virtio_features);

int virtio_queue_open(struct virtio_device *device, unsigned index, unsigned most,
		      unsigned interrupt, struct virtio_queue **result)
{
	unsigned size = min(transport_queue_size(device, index), most);
	struct virtio_queue *queue;
	char *start;

	if (size == 0 || device->queue_count == QUEUES_MAX)
		return -ENODEV;
	while (size & (size - 1))
		size &= size - 1; /* the highest power of two in it */
	queue = heap_alloc_zeroed_at(sizeof(*queue) + size * sizeof(struct place), device->owner,
				     device->place);
	if (!queue)
		return -ENOMEM;
	queue->memory = io_buffer_take_at(queue_bytes(size), device->owner, device->place);
	if (!queue->memory) {
		heap_free(queue);
		return -ENOMEM;
	}
	start = io_buffer_memory(queue->memory);
	memset(start, 0, io_buffer_size(queue->memory));
	spin_lock_init(&queue->lock, "virtio_queue");
	queue->device = device;
	queue->index = index;
	queue->interrupt = interrupt;
	queue->size = (uint16_t)size;
	queue->descriptors = (struct descriptor *)start;
	queue->available = (struct available *)(start + available_offset(size));
	queue->used = (struct used *)(start + used_offset(size));
	queue_clear(queue);
	device->queues[device->queue_count++] = queue;
	*result = queue;
	return 0;
}
EXPORT_SYMBOL(virtio_queue_open);

static int enable_queues(struct virtio_device *device)
{
	int error = 0;

	for (unsigned i = 0; i < device->queue_count && !error; i++)
		error = transport_queue_enable(device, device->queues[i]);
	pci_master_enable(device->pci);
	return error ? error : transport_ready(device);
}

int virtio_start(struct virtio_device *device)
{
	device->interrupts = pci_interrupt_messages(device->pci);
	return enable_queues(device);
}
EXPORT_SYMBOL(virtio_start);

/* One that takes no reset is kept from memory by force. */
void virtio_stop(struct virtio_device *device)
{
	for (unsigned i = 0; i < device->queue_count; i++)
		queue_break(device->queues[i]);
	if (pci_is_gone(device->pci) || transport_reset(device) != 0)
		pci_master_disable(device->pci);
}
EXPORT_SYMBOL(virtio_stop);

int virtio_restart(struct virtio_device *device)
{
	int error = pci_is_gone(device->pci) ? -EIO : transport_agree(device);

	for (unsigned i = 0; i < device->queue_count && !error; i++)
		queue_clear(device->queues[i]);
	if (!error)
		error = enable_queues(device);
	if (error)
		virtio_stop(device);
	return error;
}
EXPORT_SYMBOL(virtio_restart);

void virtio_close(struct virtio_device *device)
{
	virtio_stop(device);
	for (unsigned i = 0; i < device->queue_count; i++) {
		struct virtio_queue *queue = device->queues[i];

		io_buffer_give(queue->memory);
		heap_free(queue);
	}
	transport_unmap(device);
	heap_free(device);
}
EXPORT_SYMBOL(virtio_close);

/* Nothing to undo: every driver depends on this module. */
static void virtio_exit(void)
{
}
module_exit(virtio_exit);
