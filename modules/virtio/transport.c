/*
 * The transport: the registers of a modern virtio device on PCI. The rule: each part of memory that
 * a capability names is held to its BAR (pci_map) and to the bytes that are used of it, before it
 * is used; and no wait for the device is longer than PATIENCE. Source: VIRTIO 1.1, 4.1.4.
 */
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "virtio_internal.h"

#define CAPABILITY_VENDOR 0x09
#define CAPABILITY_LENGTH 2
#define CAPABILITY_KIND 3
#define CAPABILITY_BAR 4
#define CAPABILITY_OFFSET 8
#define CAPABILITY_SIZE 12
#define CAPABILITY_MULTIPLIER 16
#define KIND_COMMON 1u
#define KIND_NOTIFY 2u
#define KIND_ISR 3u
#define KIND_CONFIG 4u
#define COMMON_SIZE 56u
#define CONFIG_MOST 4096u
#define NOTIFY_MOST 65536u

#define DEVICE_FEATURE_SELECT 0
#define DEVICE_FEATURE 4
#define DRIVER_FEATURE_SELECT 8
#define DRIVER_FEATURE 12
#define CONFIG_VECTOR 16
#define QUEUE_COUNT 18
#define STATUS 20
#define GENERATION 21
#define QUEUE_SELECT 22
#define QUEUE_SIZE 24
#define QUEUE_VECTOR 26
#define QUEUE_ENABLE 28
#define QUEUE_NOTIFY_OFFSET 30
#define QUEUE_DESCRIPTORS 32
#define QUEUE_DRIVER 40
#define QUEUE_DEVICE 48
#define NO_VECTOR 0xffffu

#define STATUS_ACKNOWLEDGE 1u
#define STATUS_DRIVER 2u
#define STATUS_DRIVER_OK 4u
#define STATUS_FEATURES_OK 8u

#define FEATURE_VERSION_1 (1ull << 32)
#define PATIENCE TIME_SECOND
#define GENERATIONS 100 /* tries to read one state */

static uint8_t common_read8(const struct virtio_device *device, unsigned offset)
{
	return *(device->common.at + offset);
}

static void common_write8(struct virtio_device *device, unsigned offset, uint8_t value)
{
	*(device->common.at + offset) = value;
}

static uint16_t common_read16(const struct virtio_device *device, unsigned offset)
{
	return *(volatile uint16_t *)(device->common.at + offset);
}

static void common_write16(struct virtio_device *device, unsigned offset, uint16_t value)
{
	*(volatile uint16_t *)(device->common.at + offset) = value;
}

static uint32_t common_read32(const struct virtio_device *device, unsigned offset)
{
	return *(volatile uint32_t *)(device->common.at + offset);
}

static void common_write32(struct virtio_device *device, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(device->common.at + offset) = value;
}

static void common_write64(struct virtio_device *device, unsigned offset, uint64_t value)
{
	common_write32(device, offset, (uint32_t)value);
	common_write32(device, offset + 4, (uint32_t)(value >> 32));
}

/* Maps the first capability of a kind: at least @least bytes of it, and no more than @most. */
static int map_window(struct virtio_device *device, uint8_t kind, uint32_t least, uint32_t most,
		      struct window *window)
{
	unsigned at = 0;

	while ((at = pci_capability(device->pci, CAPABILITY_VENDOR, at)) != 0) {
		uint32_t bar = pci_config_read(device->pci, at + CAPABILITY_BAR, 1);
		uint32_t offset = pci_config_read(device->pci, at + CAPABILITY_OFFSET, 4);
		uint32_t size = pci_config_read(device->pci, at + CAPABILITY_SIZE, 4);

		if (pci_config_read(device->pci, at + CAPABILITY_KIND, 1) != kind || size < least ||
		    offset % 4 != 0)
			continue;
		if (kind == KIND_NOTIFY)
			device->notify_multiplier =
			    pci_config_read(device->pci, at + CAPABILITY_MULTIPLIER, 4);
		window->size = min(size, most);
		window->at = pci_map_at(device->pci, bar, offset, window->size, device->owner,
					device->place);
		return window->at ? 0 : -ENOMEM;
	}
	return -ENODEV;
}

int transport_map(struct virtio_device *device)
{
	int error = map_window(device, KIND_COMMON, COMMON_SIZE, COMMON_SIZE, &device->common);

	if (!error)
		error = map_window(device, KIND_NOTIFY, 2, NOTIFY_MOST, &device->notify);
	if (!error)
		error = map_window(device, KIND_ISR, 1, 1, &device->isr);
	if (!error && map_window(device, KIND_CONFIG, 1, CONFIG_MOST, &device->config) == -ENOMEM)
		error = -ENOMEM;
	return error;
}

void transport_unmap(struct virtio_device *device)
{
	io_unmap((void *)device->common.at);
	io_unmap((void *)device->notify.at);
	io_unmap((void *)device->isr.at);
	io_unmap((void *)device->config.at);
}

int transport_reset(struct virtio_device *device)
{
	uint64_t deadline = time_now() + PATIENCE;
	bool late;

	common_write8(device, STATUS, 0);
	do {
		late = time_now() > deadline;
		if (common_read8(device, STATUS) == 0)
			return 0;
		if (!late)
			time_sleep(TIME_MS);
	} while (!late);
	printk(KERN_ERR "virtio: %s: it does not take a reset\n", pci_device_name(device->pci));
	return -EIO;
}

static void add_status(struct virtio_device *device, uint8_t bits)
{
	common_write8(device, STATUS, common_read8(device, STATUS) | bits);
}

static uint64_t offered(struct virtio_device *device)
{
	uint64_t features;

	common_write32(device, DEVICE_FEATURE_SELECT, 0);
	features = common_read32(device, DEVICE_FEATURE);
	common_write32(device, DEVICE_FEATURE_SELECT, 1);
	return features | (uint64_t)common_read32(device, DEVICE_FEATURE) << 32;
}

int transport_agree(struct virtio_device *device)
{
	uint64_t features;
	int error = transport_reset(device);

	if (error)
		return error;
	add_status(device, STATUS_ACKNOWLEDGE);
	add_status(device, STATUS_DRIVER);
	features = offered(device) & (device->wanted | FEATURE_VERSION_1);
	if (!(features & FEATURE_VERSION_1) ||
	    (device->features && (features & device->features) != device->features))
		return -ENODEV; /* no modern one, or another one than before its reset */
	if (!device->features)
		device->features = features;
	common_write32(device, DRIVER_FEATURE_SELECT, 0);
	common_write32(device, DRIVER_FEATURE, (uint32_t)device->features);
	common_write32(device, DRIVER_FEATURE_SELECT, 1);
	common_write32(device, DRIVER_FEATURE, (uint32_t)(device->features >> 32));
	add_status(device, STATUS_FEATURES_OK);
	return common_read8(device, STATUS) & STATUS_FEATURES_OK ? 0 : -ENODEV;
}

int transport_ready(struct virtio_device *device)
{
	add_status(device, STATUS_DRIVER_OK);
	return common_read8(device, STATUS) & STATUS_DRIVER_OK ? 0 : -EIO;
}

unsigned transport_queue_size(struct virtio_device *device, unsigned index)
{
	if (index >= common_read16(device, QUEUE_COUNT))
		return 0;
	common_write16(device, QUEUE_SELECT, (uint16_t)index);
	return common_read16(device, QUEUE_SIZE);
}

int transport_queue_enable(struct virtio_device *device, struct virtio_queue *queue)
{
	uint64_t base = io_buffer_physical(queue->memory), bell;
	char *start = io_buffer_memory(queue->memory);
	uint16_t vector = device->interrupts ? (uint16_t)queue->interrupt : NO_VECTOR;

	common_write16(device, QUEUE_SELECT, (uint16_t)queue->index);
	common_write16(device, QUEUE_SIZE, queue->size);
	bell = (uint64_t)common_read16(device, QUEUE_NOTIFY_OFFSET) * device->notify_multiplier;
	if (bell > device->notify.size - 2 || bell % 2 != 0)
		return -ENODEV;
	queue->bell = device->notify.at + bell;
	common_write64(device, QUEUE_DESCRIPTORS,
		       base + (uint64_t)((char *)queue->descriptors - start));
	common_write64(device, QUEUE_DRIVER, base + (uint64_t)((char *)queue->available - start));
	common_write64(device, QUEUE_DEVICE, base + (uint64_t)((char *)queue->used - start));
	common_write16(device, CONFIG_VECTOR, NO_VECTOR);
	common_write16(device, QUEUE_VECTOR, vector);
	if (common_read16(device, QUEUE_VECTOR) != vector)
		return -ENOSPC; /* the device has no room for one more */
	common_write16(device, QUEUE_ENABLE, 1);
	return 0;
}

static void copy_config(const struct virtio_device *device, unsigned offset, uint8_t *bytes,
			size_t size)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = *(device->config.at + offset + i);
}

int virtio_config_read(struct virtio_device *device, unsigned offset, void *bytes, size_t size)
{
	if (offset > device->config.size || size > device->config.size - offset)
		return -EIO;
	for (int tries = 0; tries < GENERATIONS; tries++) {
		uint8_t generation = common_read8(device, GENERATION);

		copy_config(device, offset, bytes, size);
		if (common_read8(device, GENERATION) == generation)
			return 0;
	}
	return -EIO;
}
EXPORT_SYMBOL(virtio_config_read);

bool virtio_interrupted(struct virtio_device *device)
{
	return device->interrupts > 0 || (*device->isr.at & 3u) != 0;
}
EXPORT_SYMBOL(virtio_interrupted);
