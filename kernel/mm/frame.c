/*
 * The frame allocator: one bit a frame. All are taken at first, those of usable RAM are given, and
 * what is in use already is taken again; so the ranges of the boot's map may overlap, lie in any
 * order and end anywhere. The lowest fit keeps large runs whole at the top. That is also where the
 * boot loader ran: an emulator keeps its translations of that code by frame, and looks for them at
 * every store until the last one has gone, a thousand times slower than usual.
 */
#include <mm/frame.h>

#include <string.h>

#include <lib/bitmap.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include <kernel/spinlock.h>

#include <mm/address_range.h>
#include <mm/fault_injection.h>
#include <mm/mm_internal.h>

#define BOOT_REACH 0x40000000ul /* what boot's tables map at DIRECT_MAP */
#define FRAMES_KEPT 8u
#define FIRST_FRAMES (BOOT_REACH / PAGE_SIZE)

static BITMAP(first_bits, FIRST_FRAMES);
static struct address_range frames = ADDRESS_RANGE_INIT("frame", first_bits, 0, false);
static size_t usable_frames; /* [I] */

/* Single frames that the CPUs of a share have given back, and take again. They count as free. */
static struct kept {
	struct spinlock lock;
	unsigned count;		    /* [L] */
	size_t frames[FRAMES_KEPT]; /* [L] the last is taken first */
} kept[MM_SHARES] = {[0 ... MM_SHARES - 1] = {.lock = SPINLOCK_INIT("kept_frames")}};

static uint64_t range_end(const struct mm_range *range)
{
	return range->start + range->size;
}

/* Usable ranges shrink to whole frames, reserved ones grow to them. */
static void fill(const struct mm_boot *boot)
{
	memset(frames.bits, 0xff, BITMAP_WORDS(frames.units) * sizeof(uint64_t));
	for (unsigned i = 0; i < boot->usable_count; i++) {
		size_t first = pages_for(boot->usable[i].start);
		size_t end = min(range_end(&boot->usable[i]) / PAGE_SIZE, frames.units);

		if (first < end)
			bitmap_fill(frames.bits, first, end - first, false);
	}
	bitmap_set(frames.bits, 0); /* an address of 0 means none */
	usable_frames = frames.units - bitmap_count_set(frames.bits, frames.units);
	for (unsigned i = 0; i < boot->reserved_count; i++) {
		size_t first = boot->reserved[i].start / PAGE_SIZE;
		size_t end = min(pages_for(range_end(&boot->reserved[i])), frames.units);

		if (boot->reserved[i].size > 0 && first < end)
			bitmap_fill(frames.bits, first, end - first, true);
	}
	frames.used = bitmap_count_set(frames.bits, frames.units);
}

int frame_init(const struct mm_boot *boot)
{
	size_t units = 0, own, pages;
	int error;

	for (unsigned i = 0; i < boot->usable_count; i++)
		units = max(units, range_end(&boot->usable[i]) / PAGE_SIZE);
	frames.units = min(units, FIRST_FRAMES);
	fill(boot);
	if (units <= FIRST_FRAMES)
		return 0;
	/* More bits than the image has room for: they lie in what boot can reach. */
	pages = pages_for(BITMAP_WORDS(units) * sizeof(uint64_t));
	error = address_range_take(&frames, pages, &own);
	if (error)
		return error;
	frames.bits = direct_pointer(own << PAGE_SHIFT);
	frames.units = units;
	fill(boot);
	bitmap_fill(frames.bits, own, pages, true);
	frames.used += pages;
	return 0;
}

/* False: the CPU's share has none. */
static bool kept_take(size_t *frame)
{
	struct kept *share = &kept[mm_share()];
	bool any;

	spin_lock(&share->lock);
	any = share->count > 0;
	if (any)
		*frame = share->frames[--share->count];
	spin_unlock(&share->lock);
	return any;
}

static bool kept_add(size_t frame)
{
	struct kept *share = &kept[mm_share()];
	bool room;

	spin_lock(&share->lock);
	room = share->count < FRAMES_KEPT;
	if (room)
		share->frames[share->count++] = frame;
	spin_unlock(&share->lock);
	return room;
}

/* What is held beyond what is in use; single frames last, since the others become some. */
static bool give_back_spare(void)
{
	bool any = heap_give_back_spare();

	any |= stack_give_back_spare();
	for (struct kept *share = kept; share < kept + MM_SHARES; share++) {
		spin_lock(&share->lock);
		for (; share->count > 0; any = true)
			address_range_give(&frames, share->frames[--share->count], 1);
		spin_unlock(&share->lock);
	}
	return any;
}

int frame_take(size_t count, uint64_t *physical)
{
	size_t frame;
	int error = 0;

	if (count != 1 || !kept_take(&frame))
		error = address_range_take(&frames, count, &frame);
	if (error && give_back_spare())
		error = address_range_take(&frames, count, &frame);
	*physical = frame << PAGE_SHIFT;
	return error;
}

int frame_alloc(size_t count, uint64_t *physical)
{
	return fault_injected(__func__) ? -ENOMEM : frame_take(count, physical);
}

void frame_free(uint64_t physical, size_t count)
{
	if (count != 1 || !kept_add(physical >> PAGE_SHIFT))
		address_range_give(&frames, physical >> PAGE_SHIFT, count);
}

void frame_count(uint64_t *usable, uint64_t *free)
{
	*usable = usable_frames;
	*free = frames.units - READ_ONCE(frames.used);
	for (unsigned share = 0; share < MM_SHARES; share++)
		*free += READ_ONCE(kept[share].count);
}

bool frame_covers(const void *pointer)
{
	return direct_physical(pointer) < frames.units << PAGE_SHIFT;
}
