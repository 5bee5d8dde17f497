/*
 * Numbers for requests in a device. A number is free again before its request is completed, so that
 * the thread that waits for room finds some.
 */
#include <block/slots.h>

#include <kernel/module.h>

void block_slots_init(struct block_slots *slots, unsigned count)
{
	*slots = (struct block_slots){.count = min(count, BLOCK_SLOTS)};
	spin_lock_init(&slots->lock, "block_slots");
}
EXPORT_SYMBOL(block_slots_init);

unsigned block_slot_take(struct block_slots *slots, struct block_request *request)
{
	uint64_t flags = spin_lock_irqsave(&slots->lock);
	unsigned slot = BLOCK_SLOTS;

	if (slots->taken != UINT64_MAX)
		slot = (unsigned)__builtin_ctzll(~slots->taken);
	if (slot < slots->count) {
		slots->taken |= 1ull << slot;
		slots->requests[slot] = request;
	} else {
		slot = BLOCK_SLOTS;
	}
	spin_unlock_irqrestore(&slots->lock, flags);
	return slot;
}
EXPORT_SYMBOL(block_slot_take);

struct block_request *block_slot_give(struct block_slots *slots, uint64_t slot)
{
	struct block_request *request;
	uint64_t flags;

	if (slot >= slots->count)
		return NULL;
	flags = spin_lock_irqsave(&slots->lock);
	request = slots->requests[slot];
	slots->requests[slot] = NULL;
	slots->taken &= ~(1ull << slot);
	spin_unlock_irqrestore(&slots->lock, flags);
	return request;
}
EXPORT_SYMBOL(block_slot_give);

struct block_request *block_slot_look(struct block_slots *slots, uint64_t slot)
{
	struct block_request *request;
	uint64_t flags;

	if (slot >= slots->count)
		return NULL;
	flags = spin_lock_irqsave(&slots->lock);
	request = slots->requests[slot];
	spin_unlock_irqrestore(&slots->lock, flags);
	return request;
}
EXPORT_SYMBOL(block_slot_look);
