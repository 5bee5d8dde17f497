/*
 * The ring of log records. A writer takes a ticket by one atomic add; ticket t belongs to slot
 * t % count. It claims the slot by moving its state from an older, even value to 2t + 1, stores the
 * words, and releases it as 2t + 2. A reader of ticket t wants to see 2t + 2 before and after it
 * has copied the words.
 *
 * Its one rule: a slot's words are stored only between a claim and a release by the one who
 * claimed. So a writer that stands still for a whole round (its CPU does, or an NMI writes on top
 * of it) costs the record that would need its slot, never one that is torn; and one that wakes up
 * too late finds its slot claimed by a younger ticket and drops its own.
 *
 * Orders, by partner: a word's release store and its acquire load make the claim before the store
 * visible to a reader that saw the word, so the reader's second look at the state differs. The
 * state's release (2t + 2) and the reader's first, acquiring look make the words visible.
 */
#include <lib/log_ring.h>

#include <string.h>

#include <lib/compiler.h>

#define WRITING(ticket) (2 * (ticket) + 1)
#define WRITTEN(ticket) (2 * (ticket) + 2)

static struct log_slot *slot_of(const struct log_ring *ring, uint64_t ticket)
{
	return &ring->slots[ticket & (ring->count - 1)];
}

static bool claim(struct log_slot *slot, uint64_t ticket)
{
	uint64_t state = __atomic_load_n(&slot->state, __ATOMIC_RELAXED);

	for (;;) {
		if ((state & 1) != 0 || state > WRITING(ticket))
			return false;
		if (__atomic_compare_exchange_n(&slot->state, &state, WRITING(ticket), false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	}
}

bool log_ring_write(struct log_ring *ring, uint64_t time, unsigned level, const char *text,
		    size_t length)
{
	uint64_t ticket = __atomic_fetch_add(&ring->next, 1, __ATOMIC_RELAXED);
	struct log_slot *slot = slot_of(ring, ticket);

	if (!claim(slot, ticket)) {
		__atomic_fetch_add(&ring->dropped, 1, __ATOMIC_RELAXED);
		return false;
	}
	length = min(length, (size_t)LOG_RECORD_MAX);
	__atomic_store_n(&slot->head, (uint64_t)level << 32 | length, __ATOMIC_RELEASE);
	__atomic_store_n(&slot->time, time, __ATOMIC_RELEASE);
	for (size_t at = 0; at < length; at += 8) {
		uint64_t word = 0;

		memcpy(&word, text + at, min(length - at, (size_t)8));
		__atomic_store_n(&slot->text[at / 8], word, __ATOMIC_RELEASE);
	}
	__atomic_store_n(&slot->state, WRITTEN(ticket), __ATOMIC_RELEASE);
	return true;
}

/* A length that no writer wrote is cut: a reader in a panic does not trust it. */
static void copy(const struct log_slot *slot, struct log_record *record)
{
	uint64_t head = __atomic_load_n(&slot->head, __ATOMIC_ACQUIRE);

	record->length = min(head & UINT32_MAX, (uint64_t)LOG_RECORD_MAX);
	record->level = (unsigned)(head >> 32);
	record->time = __atomic_load_n(&slot->time, __ATOMIC_ACQUIRE);
	for (size_t at = 0; at < record->length; at += 8) {
		uint64_t word = __atomic_load_n(&slot->text[at / 8], __ATOMIC_ACQUIRE);

		memcpy(record->text + at, &word, sizeof(word));
	}
}

bool log_ring_read(struct log_ring *ring, uint64_t *position, struct log_record *record)
{
	for (uint64_t ticket = *position;; ticket++) {
		uint64_t next = __atomic_load_n(&ring->next, __ATOMIC_RELAXED), state;
		struct log_slot *slot;

		if (ticket >= next)
			return false;
		if (next - ticket > ring->count)
			ticket = next - ring->count;
		slot = slot_of(ring, ticket);
		state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
		/* Being written, or dropped; half a round later it is given up. */
		if (state < WRITTEN(ticket) && next - ticket <= ring->count / 2)
			return false;
		if (state != WRITTEN(ticket))
			continue;
		copy(slot, record);
		if (__atomic_load_n(&slot->state, __ATOMIC_RELAXED) != state)
			continue; /* overwritten meanwhile */
		*position = ticket + 1;
		return true;
	}
}
