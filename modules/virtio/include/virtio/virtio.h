#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <pci/pci.h>

/*
 * Virtio devices by the modern PCI transport, of the module `virtio`: the only code that writes
 * rings. A driver has a device of pci, opens it here, and hands parts of memory to its queues. What
 * the device writes is not believed: a queue in which it has written nonsense is broken, and takes
 * and gives nothing more until the device is reset. A module that includes this says
 * NAME-depends := virtio pci io_buffer. Source: Virtual I/O Device (VIRTIO) Version 1.1, OASIS;
 * chapters 2.6 (split virtqueues), 3.1 (initialisation), 4.1 (PCI).
 */
struct virtio_device;
struct virtio_queue;

#define VIRTIO_VENDOR 0x1af4

/*
 * Resets the device, and agrees on those of @wanted that it offers: all are optional but what the
 * driver finds missing in virtio_features. Its memory and mappings are booked to the driver.
 * -ENODEV: no modern device, or one that contradicts itself; -EIO: it does not answer; -ENOMEM.
 * Context: thread.
 */
#define virtio_open(pci, wanted, device) virtio_open_at(pci, wanted, THIS_MODULE, HERE, device)
int virtio_open_at(struct pci_device *pci, uint64_t wanted, struct module *owner,
		   const struct source_location *place, struct virtio_device **device);
uint64_t virtio_features(const struct virtio_device *device);
/* The device reads and writes no memory when it returns; its queues are gone. Handlers first. */
void virtio_close(struct virtio_device *device);

/*
 * @size bytes of the device's configuration from @offset on, all of one state of it. -EIO: it has
 * not as many, or changes all the time. Context: thread.
 */
int virtio_config_read(struct virtio_device *device, unsigned offset, void *bytes, size_t size);

/*
 * Queue @index with at most @most places, and the interrupt, of those that pci has given, that
 * tells of what is done. Before virtio_start. -ENODEV: the device has no such queue; -ENOMEM.
 */
int virtio_queue_open(struct virtio_device *device, unsigned index, unsigned most,
		      unsigned interrupt, struct virtio_queue **queue);
/* From here on queues are served. */
int virtio_start(struct virtio_device *device);

/*
 * The device does not answer, or has broken a queue: it is reset, and when this returns it reads
 * and writes no memory. What was in the queues is the driver's again: virtio_queue_drain gives one
 * after the other. virtio_restart then begins anew, with the same features and queues; if that
 * fails the queues stay broken. Context: thread; one at a time.
 */
void virtio_stop(struct virtio_device *device);
void *virtio_queue_drain(struct virtio_queue *queue);
int virtio_restart(struct virtio_device *device);

/* For a handler on a line that is shared: has the device interrupted? Then it does so no more. With
 * messages: true. Context: irq. */
bool virtio_interrupted(struct virtio_device *device);

struct virtio_part {
	uint64_t physical;
	uint32_t length;
};
#define VIRTIO_PARTS 18u

unsigned virtio_queue_places(const struct virtio_queue *queue);
/*
 * Hands over @out parts that the device reads, then @in that it writes, 1 to VIRTIO_PARTS together.
 * @token, not NULL, comes back by virtio_queue_take. -EAGAIN: not as many places are free; -EIO:
 * the queue is broken. Any context but nmi.
 */
int virtio_queue_add(struct virtio_queue *queue, const struct virtio_part *parts, unsigned out,
		     unsigned in, void *token);
/* Tells the device of what was added since, if it wants to know. Any context but nmi. */
void virtio_queue_notify(struct virtio_queue *queue);
/*
 * The next that the device has done, and how many bytes it says that it has written, at most those
 * it was given. NULL: none; or the queue is broken, which a line in the log has told. Any context
 * but nmi.
 */
void *virtio_queue_take(struct virtio_queue *queue, uint32_t *written);
bool virtio_queue_is_broken(const struct virtio_queue *queue);
