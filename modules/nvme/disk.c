/*
 * Requests as commands: the pages of the data are named one by one, the first two in the command,
 * or all but the first in a list. Source: NVM Express 1.4, 4.3 (PRP), 6 (the commands).
 */
#include "nvme.h"

#include <string.h>

#include <kernel/module.h>

#define FLUSH 0x00
#define WRITE 0x01
#define READ 0x02
#define MANAGE 0x09
#define MANAGE_DISCARD 4u
#define STATUS_INVALID_OPCODE 1u
#define DISCARD_SIZE 16u

/* The page of addresses of a slot; of a discard, what is to be discarded. */
static uint64_t *list_of(const struct controller *controller, unsigned slot)
{
	return (uint64_t *)((char *)io_buffer_memory(controller->lists) + (size_t)slot * IO_PAGE);
}

static uint64_t list_physical(const struct controller *controller, unsigned slot)
{
	return io_buffer_physical(controller->lists) + (uint64_t)slot * IO_PAGE;
}

/* Block has seen to it that parts meet at the ends of pages. */
static void write_pages(const struct controller *controller, unsigned slot,
			const struct block_request *request, struct command *command)
{
	uint64_t *list = list_of(controller, slot);
	unsigned count = 0;

	for (unsigned i = 0; i < request->part_count; i++) {
		const struct block_part *part = &request->parts[i];
		uint64_t at = io_buffer_physical(part->buffer) + part->offset;
		uint64_t end = at + part->length;

		for (; at < end && count < PRP_PAGES;
		     at = align_down(at, (uint64_t)IO_PAGE) + IO_PAGE) {
			if (count == 0)
				command->prp1 = at;
			else
				list[count - 1] = at;
			count++;
		}
	}
	if (count == 2)
		command->prp2 = list[0];
	else if (count > 2)
		command->prp2 = list_physical(controller, slot);
}

static void write_discard(const struct controller *controller, unsigned slot, uint64_t first,
			  uint64_t count, struct command *command)
{
	uint64_t *range = list_of(controller, slot);

	range[0] = count << 32;
	range[1] = first;
	command->prp1 = list_physical(controller, slot);
	command->words[1] = MANAGE_DISCARD;
}

static void write_command(const struct controller *controller, unsigned slot,
			  const struct block_request *request, struct command *command)
{
	static const uint8_t opcodes[] = {[BLOCK_READ] = READ,
					  [BLOCK_WRITE] = WRITE,
					  [BLOCK_FLUSH] = FLUSH,
					  [BLOCK_DISCARD] = MANAGE};
	uint64_t first = request->first >> (controller->block_shift - 9);
	uint64_t count = request->count >> (controller->block_shift - 9);

	*command = (struct command){
	    .opcode = opcodes[request->operation], .id = (uint16_t)slot, .namespace = 1};
	if (request->operation == BLOCK_DISCARD)
		write_discard(controller, slot, first, count, command);
	if (request->operation == BLOCK_FLUSH || request->operation == BLOCK_DISCARD)
		return;
	command->words[0] = (uint32_t)first;
	command->words[1] = (uint32_t)(first >> 32);
	command->words[2] = (uint32_t)(count - 1);
	write_pages(controller, slot, request, command);
}

int disk_submit(struct blkdev *blkdev, struct block_request *request)
{
	struct controller *controller = container_of(blkdev, struct controller, blkdev);
	struct command command;
	unsigned slot = block_slot_take(&controller->slots, request);

	if (slot == BLOCK_SLOTS)
		return -EAGAIN;
	write_command(controller, slot, request, &command);
	if (queue_put(controller, QUEUE_IO, &command))
		return 0;
	block_slot_give(&controller->slots, slot);
	return -EIO;
}

int disk_result(uint16_t status)
{
	unsigned code = status >> 1 & 0x7ff;

	if (code == 0)
		return 0;
	return code == STATUS_INVALID_OPCODE ? -EOPNOTSUPP : -EIO;
}

/* What the controller had ends; what a thread is about to give it is given or refused later. */
static int reset_locked(struct controller *controller)
{
	uint64_t given;
	int error;

	CHECK(mutex_is_held(&controller->resetting));
	if (controller->removed)
		return -EIO;
	controller_break(controller);
	controller_turn_off(controller);
	given = queues_take_given(controller);
	for (unsigned slot = 0; slot < BLOCK_SLOTS; slot++)
		if (given >> slot & 1)
			block_complete(&controller->blkdev,
				       block_slot_give(&controller->slots, slot), -EIO);
	error = controller_begin(controller);
	if (error) {
		controller_break(controller);
		controller->removed = true; /* what it says wrong again begins no other reset */
	}
	printk(KERN_WARNING "nvme: %s: reset: %s\n", controller->name,
	       error ? errno_text(error) : "it answers again");
	return error;
}

int disk_reset(struct blkdev *blkdev)
{
	struct controller *controller = container_of(blkdev, struct controller, blkdev);
	int error;

	mutex_lock(&controller->resetting);
	error = reset_locked(controller);
	mutex_unlock(&controller->resetting);
	return error;
}

void disk_recover(struct controller *controller)
{
	mutex_lock(&controller->resetting);
	if (controller_is_broken(controller))
		reset_locked(controller);
	mutex_unlock(&controller->resetting);
}
