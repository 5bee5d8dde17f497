#pragma once

#include <io_buffer/io_buffer.h>
#include <kernel/spinlock.h>

#include <virtio/virtio.h>

/* What the files of virtio know of each other. */

#define QUEUES_MAX 16u

/* One of the parts of memory that a device's capabilities name (4.1.4). */
struct window {
	volatile uint8_t *at;
	uint32_t size;
};

struct virtio_device {
	struct pci_device *pci;			   /* [I] */
	struct module *owner;			   /* [I] the driver's */
	const struct source_location *place;	   /* [I] */
	struct window common, notify, isr, config; /* [I] */
	uint32_t notify_multiplier;		   /* [I] */
	uint64_t wanted, features;		   /* [I] after virtio_open */
	struct virtio_queue *queues[QUEUES_MAX];   /* [I] after virtio_start */
	unsigned queue_count;			   /* [I] likewise */
	unsigned interrupts;			   /* [I] messages that pci has given; 0: a line */
};

/* What a descriptor is used for, beside the ring: what the device can write is not read again. */
struct place {
	void *token;	   /* of the first of a chain; NULL: it is not one */
	uint32_t writable; /* bytes that the device may write, of the whole chain */
	uint16_t next;	   /* the next of the chain, or the next free one */
	uint16_t count;	   /* of the chain */
};

struct virtio_queue {
	struct spinlock lock;		/* taken by interrupts */
	struct virtio_device *device;	/* [I] */
	unsigned index, interrupt;	/* [I] */
	uint16_t size;			/* [I] a power of two */
	struct io_buffer *memory;	/* [I] of the ring */
	struct descriptor *descriptors; /* [I] the three parts of the ring */
	struct available *available;
	volatile struct used *used;
	volatile uint8_t *bell;	   /* [I] where the device is told */
	uint16_t free, free_count; /* [L] */
	uint16_t added, taken;	   /* [L] indices of the rings, as they go on */
	bool broken;		   /* [L] */
	struct place places[];	   /* [L] */
};

/* The layout of a split queue, 2.6. */
struct descriptor {
	uint64_t physical;
	uint32_t length;
	uint16_t flags, next;
};
#define DESCRIPTOR_NEXT 1u
#define DESCRIPTOR_WRITE 2u

struct available {
	uint16_t flags, index;
	uint16_t ring[];
};

struct used_element {
	uint32_t id, length;
};
struct used {
	uint16_t flags, index;
	struct used_element ring[];
};
#define USED_NO_NOTIFY 1u

/* transport.c */
/* Finds and maps what the capabilities name. */
int transport_map(struct virtio_device *device);
void transport_unmap(struct virtio_device *device);
/* Status 0, until the device says so; -EIO: it does not. */
int transport_reset(struct virtio_device *device);
/* From reset to the agreed features, the same as before when there were some. */
int transport_agree(struct virtio_device *device);
int transport_ready(struct virtio_device *device);
/* How many places the queue has; 0: there is none. */
unsigned transport_queue_size(struct virtio_device *device, unsigned index);
/* Tells it where the queue lies, and turns it on. */
int transport_queue_enable(struct virtio_device *device, struct virtio_queue *queue);

/* queue.c */
void queue_clear(struct virtio_queue *queue); /* empty, and not broken */
void queue_break(struct virtio_queue *queue);
