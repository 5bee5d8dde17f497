/*
 * Rings of commands and of answers. The rule: an answer is new when its phase says so, and counts
 * only if it names a slot whose command the controller has; one that does not breaks the
 * controller, which is then reset. ->given says which slots it has: a slot is in it from queue_put
 * until the answer, or a reset, takes it out; before that the slot is the submitting thread's, and
 * no reset ends its request. Source: NVM Express 1.4, 4.1 (queues), 4.6 (completions), 3.1.15
 * (doorbells).
 */
#include <string.h>

#include <kernel/module.h>

#include "nvme.h"

#define DOORBELLS 0x1000u
#define STRIDE_SHIFT 32 /* of the capabilities */
#define STRIDE_MASK 0xfu

static volatile uint32_t *bell(const struct controller *controller, unsigned number)
{
	unsigned stride = 4u << (controller->capabilities >> STRIDE_SHIFT & STRIDE_MASK);

	return (volatile uint32_t *)(controller->registers + DOORBELLS + number * stride);
}

/* Commands first: both begin at a page. */
int queues_make(struct controller *controller)
{
	size_t commands = align_up(ENTRIES * COMMAND_SIZE, IO_PAGE);

	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *queue = &controller->queues[i];
		char *start;

		queue->index = i;
		queue->memory = io_buffer_take(commands + ENTRIES * COMPLETION_SIZE);
		if (!queue->memory)
			return -ENOMEM;
		start = io_buffer_memory(queue->memory);
		queue->commands = (struct command *)start;
		queue->done = (struct completion_entry *)(start + commands);
		queue->tail_bell = bell(controller, 2 * i);
		queue->head_bell = bell(controller, 2 * i + 1);
	}
	queues_clear(controller);
	return 0;
}

void queues_free(struct controller *controller)
{
	for (unsigned i = 0; i < QUEUES; i++)
		io_buffer_give(controller->queues[i].memory);
}

/* The controller is off. */
void queues_clear(struct controller *controller)
{
	uint64_t flags = spin_lock_irqsave(&controller->lock);

	for (unsigned i = 0; i < QUEUES; i++) {
		struct queue *queue = &controller->queues[i];

		memset(io_buffer_memory(queue->memory), 0, io_buffer_size(queue->memory));
		queue->tail = queue->head = 0;
		queue->phase = true;
	}
	controller->broken = false;
	spin_unlock_irqrestore(&controller->lock, flags);
}

/* There is room: a queue has more entries than there can be commands. */
bool queue_put(struct controller *controller, unsigned index, const struct command *command)
{
	struct queue *queue = &controller->queues[index];
	uint64_t flags = spin_lock_irqsave(&controller->lock);
	bool taken = !controller->broken;

	if (taken) {
		queue->commands[queue->tail] = *command;
		queue->tail = (queue->tail + 1) % ENTRIES;
		if (index == QUEUE_IO)
			controller->given |= 1ull << command->id;
		barrier(); /* stores are seen in their order */
		*queue->tail_bell = queue->tail;
	}
	spin_unlock_irqrestore(&controller->lock, flags);
	return taken;
}

static void break_locked(struct controller *controller, const char *what, unsigned value)
{
	CHECK(spin_is_held(&controller->lock));
	if (!controller->broken)
		printk(KERN_ERR "nvme: %s: it is broken: the device says %s %u\n",
		       pci_device_name(controller->pci), what, value);
	controller->broken = true;
}

static bool take_slot_locked(struct controller *controller, uint16_t slot)
{
	CHECK(spin_is_held(&controller->lock));
	if (slot >= BLOCK_SLOTS || !(controller->given >> slot & 1)) {
		break_locked(controller, "identifier", slot);
		return false;
	}
	controller->given &= ~(1ull << slot);
	return true;
}

/* The next answer, each word of it read once; false: there is none that counts. */
static bool take_answer(struct controller *controller, struct queue *queue, uint16_t *id,
			uint16_t *status)
{
	volatile struct completion_entry *entry;
	uint64_t flags = spin_lock_irqsave(&controller->lock);
	bool new = false;

	entry = &queue->done[queue->head];
	*status = entry->status;
	if (!controller->broken && (*status & 1u) == queue->phase) {
		barrier(); /* loads are done in their order */
		*id = entry->id;
		queue->head = (queue->head + 1) % ENTRIES;
		if (queue->head == 0)
			queue->phase = !queue->phase;
		*queue->head_bell = queue->head;
		new = queue->index == QUEUE_ADMIN || take_slot_locked(controller, *id);
	}
	spin_unlock_irqrestore(&controller->lock, flags);
	return new;
}

bool queues_look(struct controller *controller)
{
	uint16_t id, status;
	bool any = false;

	while (take_answer(controller, &controller->queues[QUEUE_ADMIN], &id, &status)) {
		__atomic_store_n(&controller->admin_status, status >> 1, __ATOMIC_RELEASE);
		wait_queue_wake(&controller->admin_queue);
		any = true;
	}
	while (take_answer(controller, &controller->queues[QUEUE_IO], &id, &status)) {
		block_complete(&controller->blkdev, block_slot_give(&controller->slots, id),
			       disk_result(status));
		any = true;
	}
	return any;
}

uint64_t queues_take_given(struct controller *controller)
{
	uint64_t flags = spin_lock_irqsave(&controller->lock);
	uint64_t given = controller->given;

	controller->given = 0;
	spin_unlock_irqrestore(&controller->lock, flags);
	return given;
}

bool controller_is_broken(struct controller *controller)
{
	return READ_ONCE(controller->broken);
}

void controller_break(struct controller *controller)
{
	uint64_t flags = spin_lock_irqsave(&controller->lock);

	controller->broken = true;
	spin_unlock_irqrestore(&controller->lock, flags);
}
