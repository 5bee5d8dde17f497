/*
 * The frame allocator: binary buddies. A free block of 2^order frames is listed through its own
 * first bytes, so that a frame costs two bytes of state and no more. The rule that keeps it right:
 * a frame's state has FRAME_FREE set exactly while it is the first of a listed block, and then
 * holds that block's order; for everything else the state is a note of whoever has the frame.
 *
 * One run of frames is kept back until there are no others: the boot loader's own, at the top of
 * the RAM that it uses. An emulator has translated what the boot loader ran there, and looks for
 * translations at every store until the last one has gone: a thousand times slower than usual.
 */
#include <mm/frame.h>

#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/list.h>

#include <kernel/spinlock.h>
#include <log/panic.h>

#include <mm/fault_injection.h>
#include <mm/frame_internal.h>
#include <mm/heap_internal.h>

#define FRAME_FREE 0x8000u
/* 1 GiB: few blocks to list at boot, as touching RAM for the first time costs an emulator much. */
#define ORDER_MAX 18u
#define ROW_MIN 256u /* shorter rows are not worth a walk over all frames */

static struct {
	struct spinlock lock;
	struct list_node lists[ORDER_MAX + 1]; /* [L] free blocks by order */
	uint16_t *states;		       /* [L] one a frame; a note belongs to its user */
	size_t count;			       /* [I] frames 0 to count - 1 have a state */
	size_t free;			       /* [L] in frames, those kept back included */
	size_t kept, kept_count;	       /* [L] the run that is kept back */
} frames = {.lock = SPINLOCK_INIT("frame")};

static struct list_node *block_at(size_t frame)
{
	return direct_pointer(frame << PAGE_SHIFT);
}

static size_t frame_of(const struct list_node *block)
{
	return direct_physical(block) >> PAGE_SHIFT;
}

static bool is_free_block(size_t frame, unsigned order)
{
	return frame < frames.count && frames.states[frame] == (FRAME_FREE | order);
}

static size_t block_frames(size_t frame)
{
	return (size_t)1 << (frames.states[frame] & ~FRAME_FREE);
}

static void insert_block(size_t frame, unsigned order)
{
	frames.states[frame] = FRAME_FREE | order;
	list_add_first(&frames.lists[order], block_at(frame));
	frames.free += (size_t)1 << order;
}

static void remove_block(size_t frame, unsigned order)
{
	frames.states[frame] = 0;
	list_remove(block_at(frame));
	frames.free -= (size_t)1 << order;
}

static void give_block(size_t frame, unsigned order)
{
	while (order < ORDER_MAX) {
		size_t buddy = frame ^ (size_t)1 << order;

		if (!is_free_block(buddy, order))
			break;
		remove_block(buddy, order);
		frame &= ~((size_t)1 << order);
		order++;
	}
	insert_block(frame, order);
}

/* Any run is a row of aligned blocks: at each frame the largest that fits. */
static void give_run(size_t frame, size_t count)
{
	while (count > 0) {
		unsigned order = ORDER_MAX;

		if (frame != 0)
			order = min(order, (unsigned)__builtin_ctzl(frame));
		order = min(order, 63 - (unsigned)__builtin_clzl(count));
		give_block(frame, order);
		frame += (size_t)1 << order;
		count -= (size_t)1 << order;
	}
}

static unsigned order_for(size_t count)
{
	return count <= 1 ? 0 : 64 - (unsigned)__builtin_clzl(count - 1);
}

static int take_block(size_t count, size_t *frame)
{
	for (unsigned order = order_for(count); order <= ORDER_MAX; order++) {
		if (list_is_empty(&frames.lists[order]))
			continue;
		*frame = frame_of(frames.lists[order].next);
		remove_block(*frame, order);
		give_run(*frame + count, ((size_t)1 << order) - count);
		return 0;
	}
	return -ENOMEM;
}

/* The run that was kept back is for everybody now; false: there is none any more. */
static bool give_kept(void)
{
	size_t count = frames.kept_count;

	frames.kept_count = 0;
	frames.free -= count;
	give_run(frames.kept, count);
	return count > 0;
}

/* What no block can give, neighbours may: the first row of free blocks that is long enough. */
static int take_row(size_t count, size_t *frame)
{
	size_t row = 0;

	for (size_t at = 0; at < frames.count;) {
		if (!(frames.states[at] & FRAME_FREE)) {
			row = 0;
			at++;
			continue;
		}
		row += block_frames(at);
		at += block_frames(at);
		if (row < count)
			continue;
		*frame = at - row;
		for (size_t left = *frame; left < at;) {
			size_t block = block_frames(left);

			remove_block(left, frames.states[left] & ~FRAME_FREE);
			left += block;
		}
		give_run(*frame + count, row - count);
		return 0;
	}
	return -ENOMEM;
}

static int take(size_t count, size_t *frame)
{
	int error;

	spin_lock(&frames.lock);
	do {
		error = take_block(count, frame);
		if (error && count >= ROW_MIN)
			error = take_row(count, frame);
	} while (error && give_kept());
	spin_unlock(&frames.lock);
	return error;
}

int frame_alloc(size_t count, uint64_t *physical)
{
	size_t frame;
	int error;

	if (count == 0 || count > frames.count || fault_injected(__func__))
		return -ENOMEM;
	error = take(count, &frame);
	if (error && heap_give_back_spare())
		error = take(count, &frame);
	if (error)
		return error;
	*physical = frame << PAGE_SHIFT;
	return 0;
}

void frame_free(uint64_t physical, size_t count)
{
	size_t frame = physical >> PAGE_SHIFT;

	ASSERT(frame != 0 && frame + count <= frames.count);
	spin_lock(&frames.lock);
	ASSERT(!(frames.states[frame] & FRAME_FREE));
	give_run(frame, count);
	spin_unlock(&frames.lock);
}

void frame_init(uint16_t *states, size_t count)
{
	frames.states = states;
	frames.count = count;
	for (unsigned order = 0; order <= ORDER_MAX; order++)
		list_init(&frames.lists[order]);
	for (size_t frame = 0; frame < count; frame++)
		states[frame] = 0;
}

void frame_add(uint64_t physical, size_t count)
{
	frame_free(physical, count);
}

void frame_keep_back(uint64_t physical, size_t count)
{
	frames.kept = physical >> PAGE_SHIFT;
	frames.kept_count = count;
	frames.free += count;
}

size_t frame_free_count(void)
{
	return READ_ONCE(frames.free);
}

uint16_t *frame_note(uint64_t physical)
{
	return &frames.states[physical >> PAGE_SHIFT];
}

bool frame_covers(const void *pointer)
{
	return direct_physical(pointer) < frames.count << PAGE_SHIFT;
}
