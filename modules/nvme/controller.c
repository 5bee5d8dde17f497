/*
 * The controller: registers, and commands of administration, one at a time. The rule: the
 * controller is off, and says so, before memory that it was told of is used for something else.
 * Source: NVM Express 1.4, 3.1 (registers), 5 (administration), 7.6.1 (initialisation).
 */
#include <string.h>

#include <lib/bytes.h>

#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/time.h>

#include "nvme.h"

#define REGISTERS_SIZE 0x2000u
#define CAPABILITIES 0x00
#define MASK_CLEAR 0x10
#define CONFIGURATION 0x14
#define STATUS 0x1c
#define ADMIN_SIZES 0x24
#define ADMIN_COMMANDS 0x28
#define ADMIN_COMPLETIONS 0x30

#define ENABLE 1u
#define ENTRY_SIZES (6u << 16 | 4u << 20) /* powers of two: 64 and 16 bytes */
#define READY 1u
#define FATAL 2u
#define GONE 0xffffffffu

#define PAGE_MINIMUM_SHIFT 48
#define ENTRIES_MASK 0xffffu
#define TIMEOUT_SHIFT 24
#define TIMEOUT_UNIT (500 * TIME_MS)
#define ADMIN_PATIENCE (10 * TIME_SECOND)
#define STRIDE_MOST 2u /* so that all doorbells lie in what is mapped */

#define ADMIN_CREATE_COMMANDS 0x01
#define ADMIN_CREATE_COMPLETIONS 0x05
#define ADMIN_IDENTIFY 0x06
#define IDENTIFY_NAMESPACE 0u
#define IDENTIFY_CONTROLLER 1u
#define CONTIGUOUS 1u
#define INTERRUPTS 2u

/* In what identify says of the controller, 5.15.2.2, and of a namespace, 5.15.2.1. */
#define TRANSFER_MAX 77
#define COMMANDS_OPTIONAL 520
#define OPTIONAL_DISCARD 4u
#define CACHE 525
#define SIZE 0
#define FORMAT 26
#define ATTRIBUTES 99
#define FORMATS 128

static uint32_t register_read(const struct controller *controller, unsigned offset)
{
	return *(volatile uint32_t *)(controller->registers + offset);
}

static void register_write(struct controller *controller, unsigned offset, uint32_t value)
{
	*(volatile uint32_t *)(controller->registers + offset) = value;
}

static void register_write64(struct controller *controller, unsigned offset, uint64_t value)
{
	register_write(controller, offset, (uint32_t)value);
	register_write(controller, offset + 4, (uint32_t)(value >> 32));
}

int controller_map(struct controller *controller)
{
	uint64_t capabilities;

	controller->registers = pci_map(controller->pci, 0, 0, REGISTERS_SIZE);
	if (!controller->registers)
		return -ENOMEM;
	capabilities = register_read(controller, CAPABILITIES) |
		       (uint64_t)register_read(controller, CAPABILITIES + 4) << 32;
	controller->capabilities = capabilities;
	if ((capabilities & ENTRIES_MASK) + 1 < ENTRIES ||
	    (capabilities >> PAGE_MINIMUM_SHIFT & 0xf) != 0 ||
	    (capabilities >> 32 & 0xf) > STRIDE_MOST)
		return -ENODEV; /* short queues, large pages, or far doorbells */
	return 0;
}

/* Waits until the controller is ready, or is not. */
static int await(struct controller *controller, uint32_t wanted)
{
	uint64_t unit = (controller->capabilities >> TIMEOUT_SHIFT & 0xff) + 1;
	uint64_t deadline = time_now() + unit * TIMEOUT_UNIT;
	bool late;

	do {
		uint32_t status = register_read(controller, STATUS);

		late = time_now() > deadline;
		if (status == GONE || (wanted && status & FATAL))
			return -EIO;
		if ((status & READY) == wanted)
			return 0;
		time_sleep(TIME_MS);
	} while (!late);
	return -EIO;
}

static int controller_disable(struct controller *controller)
{
	uint32_t configuration = register_read(controller, CONFIGURATION);

	if (configuration == GONE)
		return -EIO;
	register_write(controller, CONFIGURATION, configuration & ~ENABLE);
	return await(controller, 0);
}

/* One that does not say that it is off is kept from memory. */
void controller_turn_off(struct controller *controller)
{
	if (controller_disable(controller) != 0)
		pci_master_disable(controller->pci);
}

static bool admin_is_done(struct controller *controller)
{
	return __atomic_load_n(&controller->admin_status, __ATOMIC_ACQUIRE) != ADMIN_WAITS ||
	       controller_is_broken(controller);
}

static int administer(struct controller *controller, const struct command *command)
{
	uint64_t deadline = time_now() + ADMIN_PATIENCE;

	controller->admin_status = ADMIN_WAITS;
	if (!queue_put(controller, QUEUE_ADMIN, command))
		return -EIO;
	if (!wait_event_until(&controller->admin_queue, admin_is_done(controller), deadline))
		return -EIO;
	return controller->admin_status == 0 ? 0 : -EIO;
}

static int create_queues(struct controller *controller)
{
	const struct queue *queue = &controller->queues[QUEUE_IO];
	uint64_t base = io_buffer_physical(queue->memory);
	char *start = io_buffer_memory(queue->memory);
	struct command command = {
	    .opcode = ADMIN_CREATE_COMPLETIONS,
	    .prp1 = base + (uint64_t)((char *)queue->done - start),
	    .words = {(ENTRIES - 1) << 16 | QUEUE_IO, CONTIGUOUS | INTERRUPTS},
	};
	int error = administer(controller, &command);

	if (error)
		return error;
	command = (struct command){
	    .opcode = ADMIN_CREATE_COMMANDS,
	    .prp1 = base,
	    .words = {(ENTRIES - 1) << 16 | QUEUE_IO, QUEUE_IO << 16 | CONTIGUOUS},
	};
	return administer(controller, &command);
}

int controller_begin(struct controller *controller)
{
	const struct queue *queue = &controller->queues[QUEUE_ADMIN];
	uint64_t base = io_buffer_physical(queue->memory);
	char *start = io_buffer_memory(queue->memory);
	int error = controller_disable(controller);

	if (error)
		return error;
	queues_clear(controller);
	pci_master_enable(controller->pci);
	register_write(controller, ADMIN_SIZES, (ENTRIES - 1) << 16 | (ENTRIES - 1));
	register_write64(controller, ADMIN_COMMANDS, base);
	register_write64(controller, ADMIN_COMPLETIONS,
			 base + (uint64_t)((char *)queue->done - start));
	register_write(controller, CONFIGURATION, ENTRY_SIZES | ENABLE);
	error = await(controller, READY);
	if (!pci_interrupt_messages(controller->pci))
		register_write(controller, MASK_CLEAR, UINT32_MAX);
	return error ? error : create_queues(controller);
}

/* A page that says what there is; the controller has written it when this returns 0. */
static int identify(struct controller *controller, uint32_t what, uint32_t namespace)
{
	struct command command = {
	    .opcode = ADMIN_IDENTIFY,
	    .namespace = namespace,
	    .prp1 = io_buffer_physical(controller->page),
	    .words = {what},
	};

	memset(io_buffer_memory(controller->page), 0, IO_PAGE);
	return administer(controller, &command);
}

static uint32_t sectors_max(unsigned power)
{
	if (power == 0 || power > 8)
		return SECTORS_MAX;
	return min(SECTORS_MAX, (IO_PAGE / BLOCK_SECTOR) << power);
}

static int read_controller(struct controller *controller)
{
	const uint8_t *page = io_buffer_memory(controller->page);
	int error = identify(controller, IDENTIFY_CONTROLLER, 0);

	if (error)
		return error;
	controller->blkdev.sectors_max = sectors_max(page[TRANSFER_MAX]);
	if (load_u16(page + COMMANDS_OPTIONAL) & OPTIONAL_DISCARD)
		controller->blkdev.flags |= BLKDEV_DISCARD;
	if (page[CACHE] & 1u)
		controller->blkdev.flags |= BLKDEV_FLUSH;
	return 0;
}

/* The first namespace is the disk. */
int controller_identify(struct controller *controller)
{
	const uint8_t *page = io_buffer_memory(controller->page);
	uint32_t format, shift;
	int error = read_controller(controller);

	if (!error)
		error = identify(controller, IDENTIFY_NAMESPACE, 1);
	if (error)
		return error;
	format = load_u32(page + FORMATS + 4 * (size_t)(page[FORMAT] & 0xf));
	shift = format >> 16 & 0xff;
	if (shift < 9 || shift > 12 || (format & 0xffff) != 0 ||
	    load_u64(page + SIZE) > UINT64_MAX >> shift)
		return -ENODEV; /* blocks of another size, or with more than data in them */
	controller->block_shift = shift;
	controller->blkdev.block_size = 1u << shift;
	controller->blkdev.sectors = load_u64(page + SIZE) << (shift - 9);
	controller->blkdev.parts_max = BLOCK_PARTS;
	controller->blkdev.flags |= BLKDEV_WHOLE_PAGES;
	if (page[ATTRIBUTES] & 1u)
		controller->blkdev.flags |= BLKDEV_READ_ONLY;
	return 0;
}
