#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kernel/source_location.h>

/*
 * Memory that devices read and write: whole pages in one physical run, out of a pool. A buffer is a
 * handle. It has one owner, the module that took it, and is in one of two hands: its owner's, or
 * lent, to a driver, which gives it back. Its owner neither reads nor writes it meanwhile. A buffer
 * whose owner lets it go, or leaves, while it is lent goes back to the pool when it comes back: so
 * no memory that a device still writes to is used for something else. A module that includes this
 * depends on `io_buffer`.
 */
struct io_buffer;
struct module;

#define IO_PAGE 4096u
#define IO_BUFFER_MAX (64 * IO_PAGE)

/* At least @size bytes, 1 to IO_BUFFER_MAX, booked to the owner; contents undefined. NULL: memory
 * is short, or no such size. Context: thread. */
#define io_buffer_take(size) io_buffer_take_at(size, THIS_MODULE, HERE)
struct io_buffer *io_buffer_take_at(size_t size, struct module *owner,
				    const struct source_location *place);
/* Its owner's end of it; NULL is fine. Once. Context: thread. */
void io_buffer_give(struct io_buffer *buffer);

/* Where it lies, all of it, for the party that has it; its bytes, whole pages; where devices see
 * it. Context: any. */
void *io_buffer_memory(const struct io_buffer *buffer);
size_t io_buffer_size(const struct io_buffer *buffer);
uint64_t io_buffer_physical(const struct io_buffer *buffer);

/* Into the other hand, and back. A buffer may be lent several times at once for a device to read
 * and write: it is its owner's again when each loan has ended. Context: any but nmi. */
void io_buffer_lend(struct io_buffer *buffer);
void io_buffer_back(struct io_buffer *buffer);
bool io_buffer_is_lent(const struct io_buffer *buffer);
