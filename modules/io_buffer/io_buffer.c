/*
 * The pool of buffers for devices. Pages come from the heap in chunks of up to 64, and a chunk goes
 * back with its last buffer, so that memory is exact. The one rule: a buffer ends when its owner
 * has let it go and no loan is left, whichever comes last; the word ->holds counts both, and the
 * party that brings it to zero ends the buffer. That may be an interrupt, where the heap is not to
 * be had: then a work item does it.
 */
#include <io_buffer/io_buffer.h>

#include <lib/bitmap.h>
#include <lib/list.h>

#include <kernel/booking.h>
#include <kernel/heap.h>
#include <kernel/io.h>
#include <kernel/module.h>
#include <kernel/spinlock.h>
#include <kernel/work.h>

MODULE_LICENSE("MIT");
MODULE_AUTHOR("The Tenon team");
MODULE_DESCRIPTION("Memory that devices read and write, as handles with one owner");
MODULE_VERSION("1.0");

#define CHUNK_PAGES 64u

struct chunk {
	struct list_node all;	    /* [L] */
	uint8_t *pages;		    /* [I] the first whole page of the object */
	size_t count;		    /* [I] of them */
	size_t used;		    /* [L] */
	BITMAP(taken, CHUNK_PAGES); /* [L] */
};

struct io_buffer {
	struct booking booking;
	struct list_node ended; /* [L] */
	struct chunk *chunk;	/* [I] */
	uint8_t *memory;	/* [I] */
	size_t pages;		/* [I] */
	uint32_t holds;		/* [A] loans, and one for the owner */
};

static DEFINE_SPINLOCK(pool_lock);
static LIST_HEAD(chunks); /* [L] */
static DEFINE_SPINLOCK(ended_lock);
static LIST_HEAD(ended); /* [L] of ended_lock: for the work item */
static struct work ending;

/* Pages in a chunk that is there; NULL: none has room. */
static uint8_t *take_pages_locked(size_t pages, struct chunk **from)
{
	struct chunk *chunk;

	CHECK(spin_is_held(&pool_lock));
	list_for_each(chunk, &chunks, all) {
		size_t at = bitmap_find_clear_run(chunk->taken, chunk->count, 0, pages);

		if (at == chunk->count)
			continue;
		bitmap_fill(chunk->taken, at, pages, true);
		chunk->used += pages;
		*from = chunk;
		return chunk->pages + at * IO_PAGE;
	}
	return NULL;
}

/* A chunk with its pages in one object of the heap: at its end, from the first whole page on. */
static struct chunk *make_chunk(size_t pages)
{
	struct chunk *chunk = heap_alloc(sizeof(*chunk) + (pages + 1) * IO_PAGE);

	if (!chunk)
		return NULL;
	*chunk = (struct chunk){.count = pages};
	chunk->pages = (uint8_t *)align_up((uintptr_t)(chunk + 1), (uintptr_t)IO_PAGE);
	return chunk;
}

/* When memory is short, as many pages as are wanted will do. */
static uint8_t *take_pages(size_t pages, struct chunk **from)
{
	struct chunk *chunk;
	uint8_t *memory;

	spin_lock(&pool_lock);
	memory = take_pages_locked(pages, from);
	spin_unlock(&pool_lock);
	if (memory)
		return memory;
	chunk = make_chunk(CHUNK_PAGES);
	if (!chunk)
		chunk = make_chunk(pages);
	if (!chunk)
		return NULL;
	spin_lock(&pool_lock);
	list_add_first(&chunks, &chunk->all);
	memory = take_pages_locked(pages, from);
	spin_unlock(&pool_lock);
	return memory;
}

static void give_pages(struct chunk *chunk, const uint8_t *memory, size_t pages)
{
	size_t first = (size_t)(memory - chunk->pages) / IO_PAGE;
	bool empty;

	spin_lock(&pool_lock);
	bitmap_fill(chunk->taken, first, pages, false);
	chunk->used -= pages;
	empty = chunk->used == 0;
	if (empty)
		list_remove(&chunk->all);
	spin_unlock(&pool_lock);
	if (empty)
		heap_free(chunk);
}

static void end_buffer(struct io_buffer *buffer)
{
	give_pages(buffer->chunk, buffer->memory, buffer->pages);
	heap_free(buffer);
}

static bool drop_hold(struct io_buffer *buffer)
{
	return __atomic_sub_fetch(&buffer->holds, 1, __ATOMIC_ACQ_REL) == 0;
}

static struct io_buffer *take_ended(void)
{
	uint64_t flags = spin_lock_irqsave(&ended_lock);
	struct io_buffer *buffer = list_first(&ended, struct io_buffer, ended);

	if (buffer)
		list_remove(&buffer->ended);
	spin_unlock_irqrestore(&ended_lock, flags);
	return buffer;
}

static void end_them(struct work *work)
{
	struct io_buffer *buffer;

	while ((buffer = take_ended()) != NULL)
		end_buffer(buffer);
}

/* The sweep of its owner has taken the booking. */
static void end_booked(struct booking *booking)
{
	struct io_buffer *buffer = container_of(booking, struct io_buffer, booking);

	if (drop_hold(buffer))
		end_buffer(buffer);
}

struct io_buffer *io_buffer_take_at(size_t size, struct module *owner,
				    const struct source_location *place)
{
	struct io_buffer *buffer;

	if (size == 0 || size > IO_BUFFER_MAX)
		return NULL;
	buffer = heap_alloc_zeroed(sizeof(*buffer));
	if (!buffer)
		return NULL;
	buffer->pages = (size + IO_PAGE - 1) / IO_PAGE;
	buffer->holds = 1;
	list_init(&buffer->ended);
	buffer->booking = (struct booking){
	    .place = place, .kind = "buffer", .name = "for a device", .end = end_booked};
	buffer->memory = take_pages(buffer->pages, &buffer->chunk);
	if (!buffer->memory) {
		heap_free(buffer);
		return NULL;
	}
	if (booking_add(&buffer->booking, owner) != 0) {
		end_buffer(buffer);
		return NULL;
	}
	return buffer;
}
EXPORT_SYMBOL(io_buffer_take_at);

void io_buffer_give(struct io_buffer *buffer)
{
	if (!buffer)
		return;
	booking_remove(&buffer->booking);
	if (drop_hold(buffer))
		end_buffer(buffer);
}
EXPORT_SYMBOL(io_buffer_give);

void *io_buffer_memory(const struct io_buffer *buffer)
{
	return buffer->memory;
}
EXPORT_SYMBOL(io_buffer_memory);

size_t io_buffer_size(const struct io_buffer *buffer)
{
	return buffer->pages * IO_PAGE;
}
EXPORT_SYMBOL(io_buffer_size);

uint64_t io_buffer_physical(const struct io_buffer *buffer)
{
	return io_physical(buffer->memory);
}
EXPORT_SYMBOL(io_buffer_physical);

void io_buffer_lend(struct io_buffer *buffer)
{
	__atomic_fetch_add(&buffer->holds, 1, __ATOMIC_RELAXED);
}
EXPORT_SYMBOL(io_buffer_lend);

void io_buffer_back(struct io_buffer *buffer)
{
	uint64_t flags;

	if (!drop_hold(buffer))
		return;
	flags = spin_lock_irqsave(&ended_lock);
	list_add_last(&ended, &buffer->ended);
	spin_unlock_irqrestore(&ended_lock, flags);
	work_queue(&ending);
}
EXPORT_SYMBOL(io_buffer_back);

bool io_buffer_is_lent(const struct io_buffer *buffer)
{
	return __atomic_load_n(&buffer->holds, __ATOMIC_ACQUIRE) > 1;
}
EXPORT_SYMBOL(io_buffer_is_lent);

static int __init io_buffer_init(void)
{
	work_init(&ending, end_them);
	return 0;
}

/* All that uses it depends on it; what came back last may still wait for the work item. */
static void io_buffer_exit(void)
{
	work_cancel(&ending);
	end_them(&ending);
}

module_init(io_buffer_init);
module_exit(io_buffer_exit);
