/*
 * A disk as the file /dev/NAME: any bytes of it, through buffers of this call's own. A write that
 * does not cover whole blocks reads them first, one thread at a time, so that two writes to one
 * block do not lose each other's bytes. What was written is safe when the file is closed.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "block_internal.h"

#define BOUNCE_MAX (64u * 1024)

struct transfer {
	struct way way;
	struct block_request request;
	struct io_buffer *buffer;
};

static struct blkdev *blkdev_of(struct node *node)
{
	return container_of(node, struct blkdev, node);
}

static void transfer_end(struct transfer *transfer)
{
	if (!transfer)
		return;
	io_buffer_give(transfer->buffer);
	disk_put(transfer->way.disk);
	heap_free(transfer);
}

/* NULL, with the error. */
static struct transfer *transfer_begin(struct node *node, size_t bounce, int *error)
{
	struct transfer *transfer = heap_alloc_zeroed(sizeof(*transfer));

	*error = -ENOMEM;
	if (!transfer)
		return NULL;
	transfer->way.blkdev = blkdev_of(node);
	transfer->way.disk = disk_get(blkdev_of(node));
	if (!transfer->way.disk)
		*error = -ENODEV;
	else if (bounce > 0)
		transfer->buffer = io_buffer_take(bounce);
	if (transfer->way.disk && (bounce == 0 || transfer->buffer))
		return transfer;
	transfer_end(transfer);
	return NULL;
}

static int transfer_do(struct transfer *transfer, enum block_operation operation, uint64_t start,
		       size_t bytes)
{
	struct block_request *request = &transfer->request;
	int error;

	request->operation = operation;
	request->first = start / BLOCK_SECTOR;
	request->count = bytes / BLOCK_SECTOR;
	request->part_count = bytes > 0 ? 1 : 0;
	request->parts[0] =
	    (struct block_part){.buffer = transfer->buffer, .length = (uint32_t)bytes};
	error = request_submit(&transfer->way, request);
	return error ? error : request_wait(&transfer->way, request);
}

/* How many bytes from @offset on, of @size, one request can do; the block that they begin in. */
static size_t piece(const struct disk *disk, uint64_t offset, size_t size, uint64_t *start,
		    size_t *span)
{
	const struct block_geometry *geometry = &disk->geometry;
	uint64_t end = geometry->sectors * BLOCK_SECTOR;
	size_t most = min((size_t)BOUNCE_MAX, (size_t)geometry->sectors_max * BLOCK_SECTOR);

	*start = align_down(offset, (uint64_t)geometry->block_size);
	most = align_down(most, (size_t)geometry->block_size);
	size = (size_t)min((uint64_t)size, min(end - offset, most - (offset - *start)));
	*span = align_up((size_t)(offset - *start) + size, (size_t)geometry->block_size);
	return size;
}

static size_t bounce_for(size_t size)
{
	return min(size + 2 * (size_t)IO_PAGE, (size_t)BOUNCE_MAX);
}

static bool is_past_end(const struct disk *disk, uint64_t offset)
{
	return offset >= disk->geometry.sectors * BLOCK_SECTOR;
}

static long disk_read(struct node *node, void **unused, void *bytes, size_t size, uint64_t offset)
{
	size_t done = 0, part, span;
	uint64_t start;
	int error;
	struct transfer *transfer = transfer_begin(node, bounce_for(size), &error);

	if (!transfer)
		return error;
	error = 0;
	while (done < size && !error && !is_past_end(transfer->way.disk, offset + done)) {
		part = piece(transfer->way.disk, offset + done, size - done, &start, &span);
		error = transfer_do(transfer, BLOCK_READ, start, span);
		if (error)
			break;
		memcpy((char *)bytes + done,
		       (char *)io_buffer_memory(transfer->buffer) + (offset + done - start), part);
		done += part;
	}
	transfer_end(transfer);
	return done > 0 ? (long)done : error;
}

/* The blocks at both ends are read first where they are not written whole. */
static int write_piece(struct transfer *transfer, const void *bytes, uint64_t at, size_t part,
		       uint64_t start, size_t span)
{
	struct disk *disk = transfer->way.disk;
	bool whole = at == start && part == span;
	int error = 0;

	if (!whole) {
		mutex_lock(&disk->edges);
		error = transfer_do(transfer, BLOCK_READ, start, span);
	}
	if (!error) {
		memcpy((char *)io_buffer_memory(transfer->buffer) + (at - start), bytes, part);
		error = transfer_do(transfer, BLOCK_WRITE, start, span);
	}
	if (!whole)
		mutex_unlock(&disk->edges);
	return error;
}

static long disk_write(struct node *node, void **written, const void *bytes, size_t size,
		       uint64_t offset)
{
	size_t done = 0, part, span;
	uint64_t start;
	int error;
	struct transfer *transfer = transfer_begin(node, bounce_for(size), &error);

	if (!transfer)
		return error;
	error = is_past_end(transfer->way.disk, offset) ? -ENOSPC : 0;
	while (done < size && !error && !is_past_end(transfer->way.disk, offset + done)) {
		part = piece(transfer->way.disk, offset + done, size - done, &start, &span);
		error = write_piece(transfer, (const char *)bytes + done, offset + done, part,
				    start, span);
		done += error ? 0 : part;
	}
	*written = node; /* a word that is not NULL: there is something to make safe */
	transfer_end(transfer);
	return done > 0 ? (long)done : error;
}

static void disk_release(struct node *node, void **written)
{
	struct transfer *transfer;
	int error = 0;

	if (!*written)
		return;
	transfer = transfer_begin(node, 0, &error);
	if (transfer) {
		error = transfer_do(transfer, BLOCK_FLUSH, 0, 0);
		transfer_end(transfer);
	}
	if (error)
		printk(KERN_ERR "block: %pE: what was written may not be safe: %s\n", node->name,
		       errno_text(error));
}

const struct node_operations disk_node_operations = {
    .read = disk_read, .write = disk_write, .release = disk_release};
