/*
 * The ring of log records. A writer takes tickets, one for each slot its record needs, by one
 * atomic add; ticket t belongs to slot t % count. It claims each slot by moving its state from an
 * older, even value to 2t + 1, stores the words, and releases it as 2t + 2. A reader of ticket t
 * wants to see 2t + 2 before and after it has copied the words.
 *
 * Its one rule: a slot's words are stored only between a claim and a release by the one who
 * claimed. So a writer that stands still for a whole round (its CPU does, or an NMI writes on top
 * of it) costs the record that would need its slot, never one that is torn; and one that wakes up
 * too late finds its slot claimed by a younger ticket and drops its own.
 *
 * Orders, by partner: a word's release store and its acquire load make the claim before the store
 * visible to whoever saw the word, so the reader's second look at the state differs. The state's
 * release (2t + 2) and the reader's first, acquiring look make the words visible.
 */
#include <lib/log_ring.h>

#include <string.h>

#include <lib/compiler.h>

/* The record as it lies in its slots: this, then the text. */
struct head {
	uint64_t time;
	uint16_t length;
	uint8_t level;
	uint8_t cpu;
	uint32_t unused;
};

union image {
	struct head head;
	uint64_t words[LOG_RECORD_SLOTS * (LOG_SLOT_BYTES / 8)];
	char bytes[LOG_RECORD_SLOTS * LOG_SLOT_BYTES];
};

/*
 * The low bits of a state count tickets; the top bit of a finished one says that the slot is not
 * the first of its record, so that a reader which lost its place can find the next one.
 */
#define CONTINUED (1ull << 63)
#define WRITING(ticket) (2 * (ticket) + 1)
#define WRITTEN(ticket) (2 * (ticket) + 2)

static uint64_t slots_for(size_t length)
{
	return (sizeof(struct head) + length + LOG_SLOT_BYTES - 1) / LOG_SLOT_BYTES;
}

static struct log_slot *slot_of(const struct log_ring *ring, uint64_t ticket)
{
	return &ring->slots[ticket & (ring->count - 1)];
}

static bool claim(struct log_slot *slot, uint64_t ticket)
{
	uint64_t state = __atomic_load_n(&slot->state, __ATOMIC_RELAXED);

	for (;;) {
		if ((state & 1) != 0 || (state & ~CONTINUED) > WRITING(ticket))
			return false;
		if (__atomic_compare_exchange_n(&slot->state, &state, WRITING(ticket), false,
						__ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
			return true;
	}
}

bool log_ring_write(struct log_ring *ring, uint64_t time, uint8_t level, uint8_t cpu,
		    const char *text, size_t length)
{
	const size_t words = LOG_SLOT_BYTES / 8;
	uint64_t first, slots;
	union image image;

	length = min(length, (size_t)LOG_TEXT_MAX);
	slots = slots_for(length);
	image.head =
	    (struct head){.time = time, .length = (uint16_t)length, .level = level, .cpu = cpu};
	memcpy(image.bytes + sizeof(struct head), text, length);
	memset(image.bytes + sizeof(struct head) + length, 0,
	       slots * LOG_SLOT_BYTES - sizeof(struct head) - length);
	first = __atomic_fetch_add(&ring->next, slots, __ATOMIC_RELAXED);
	for (uint64_t i = 0; i < slots; i++) {
		struct log_slot *slot = slot_of(ring, first + i);

		if (!claim(slot, first + i)) {
			__atomic_fetch_add(&ring->dropped, 1, __ATOMIC_RELAXED);
			return false;
		}
		for (size_t w = 0; w < words; w++)
			__atomic_store_n(&slot->words[w], image.words[i * words + w],
					 __ATOMIC_RELEASE);
		__atomic_store_n(&slot->state, WRITTEN(first + i) | (i > 0 ? CONTINUED : 0),
				 __ATOMIC_RELEASE);
	}
	return true;
}

enum slot_answer { SLOT_READ, SLOT_NOT_YET, SLOT_OVERWRITTEN, SLOT_OTHER };

/* Copies the slot of @ticket if it is what the reader wants: the first of a record, or not. */
static enum slot_answer read_slot(struct log_ring *ring, uint64_t ticket, bool continued,
				  uint64_t *words)
{
	struct log_slot *slot = slot_of(ring, ticket);
	uint64_t state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
	uint64_t reached = state & ~CONTINUED;

	if (reached < WRITTEN(ticket))
		return SLOT_NOT_YET;
	if (reached > WRITTEN(ticket))
		return SLOT_OVERWRITTEN;
	if (((state & CONTINUED) != 0) != continued)
		return SLOT_OTHER;
	for (size_t w = 0; w < LOG_SLOT_BYTES / 8; w++)
		words[w] = __atomic_load_n(&slot->words[w], __ATOMIC_ACQUIRE);
	if (__atomic_load_n(&slot->state, __ATOMIC_RELAXED) != state)
		return SLOT_OVERWRITTEN;
	return SLOT_READ;
}

/* All slots of the record at @ticket, whose first one tells how many there are. */
static enum slot_answer read_record(struct log_ring *ring, uint64_t ticket, union image *image,
				    uint64_t *slots)
{
	enum slot_answer answer = read_slot(ring, ticket, false, image->words);

	*slots = 1;
	if (answer != SLOT_READ)
		return answer;
	if (image->head.length > LOG_TEXT_MAX)
		return SLOT_OTHER; /* nobody wrote that; a reader in a panic does not trust it */
	*slots = slots_for(image->head.length);
	for (uint64_t i = 1; i < *slots && answer == SLOT_READ; i++)
		answer = read_slot(ring, ticket + i, true, image->words + i * (LOG_SLOT_BYTES / 8));
	return answer;
}

bool log_ring_read(struct log_ring *ring, uint64_t *position, struct log_ring_record *record)
{
	uint64_t start = *position, ticket = start;

	for (;;) {
		uint64_t next = __atomic_load_n(&ring->next, __ATOMIC_RELAXED), slots;
		union image image;

		if (ticket >= next)
			return false;
		if (next - ticket > ring->count)
			ticket = next - ring->count;
		switch (read_record(ring, ticket, &image, &slots)) {
		case SLOT_READ:
			record->time = image.head.time;
			record->lost = start == 0 ? 0 : ticket - start;
			record->length = image.head.length;
			record->level = image.head.level;
			record->cpu = image.head.cpu;
			memcpy(record->text, image.bytes + sizeof(struct head), record->length);
			*position = ticket + slots;
			return true;
		case SLOT_NOT_YET:
			/* It is being written, or was dropped; half a round later it is given up.
			 */
			if (next - ticket <= ring->count / 2)
				return false;
			ticket++;
			break;
		default:
			ticket++;
			break;
		}
	}
}
