/*
 * The content of a file: a table of pages, which grows by doubling. A page that was never written
 * to is not there, and reads as zeros. The mount counts the pages of all its files.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "tmpfs.h"

void truncate_locked(struct tmpfs_node *node)
{
	CHECK(mutex_is_held(&node->mount->lock));
	for (size_t i = 0; i < node->page_slots; i++) {
		if (!node->pages[i])
			continue;
		heap_free(node->pages[i]);
		node->mount->pages_used--;
	}
	heap_free(node->pages);
	node->pages = NULL;
	node->page_slots = 0;
	node->size = 0;
}

size_t read_locked(const struct tmpfs_node *node, uint8_t *bytes, size_t size, uint64_t offset)
{
	size_t done = 0;

	CHECK(mutex_is_held(&node->mount->lock));
	size = offset < node->size ? min(size, (size_t)(node->size - offset)) : 0;
	while (done < size) {
		size_t at = (size_t)(offset + done) % PAGE, slot = (size_t)(offset + done) / PAGE;
		size_t part = min(size - done, (size_t)PAGE - at);

		if (slot < node->page_slots && node->pages[slot])
			memcpy(bytes + done, node->pages[slot] + at, part);
		else
			memset(bytes + done, 0, part);
		done += part;
	}
	return done;
}

/* Makes room for one more page slot at @slot by doubling the table. */
static int grow_locked(struct tmpfs_node *node, size_t slot)
{
	size_t slots = max(node->page_slots, (size_t)4);
	uint8_t **pages;

	CHECK(mutex_is_held(&node->mount->lock));
	if (slot < node->page_slots)
		return 0;
	while (slots <= slot)
		slots *= 2;
	pages = heap_alloc_zeroed(slots * sizeof(*pages));
	if (!pages)
		return -ENOMEM;
	if (node->page_slots > 0)
		memcpy(pages, node->pages, node->page_slots * sizeof(*pages));
	heap_free(node->pages);
	node->pages = pages;
	node->page_slots = slots;
	return 0;
}

static int page_locked(struct tmpfs_node *node, size_t slot, uint8_t **page)
{
	int error = grow_locked(node, slot);

	CHECK(mutex_is_held(&node->mount->lock));
	if (error)
		return error;
	if (!node->pages[slot]) {
		if (node->mount->pages_used == node->mount->pages_limit)
			return -ENOSPC;
		node->pages[slot] = heap_alloc_zeroed(PAGE);
		if (!node->pages[slot])
			return -ENOMEM;
		node->mount->pages_used++;
	}
	*page = node->pages[slot];
	return 0;
}

long write_locked(struct tmpfs_node *node, const uint8_t *bytes, size_t size, uint64_t offset)
{
	size_t done = 0;

	CHECK(mutex_is_held(&node->mount->lock));
	if (offset > FILE_LIMIT || size > FILE_LIMIT - offset)
		return -EFBIG;
	while (done < size) {
		size_t at = (size_t)(offset + done) % PAGE;
		size_t part = min(size - done, (size_t)PAGE - at);
		uint8_t *page;
		int error = page_locked(node, (size_t)(offset + done) / PAGE, &page);

		if (error)
			return done > 0 ? (long)done : error;
		memcpy(page + at, bytes + done, part);
		done += part;
		node->size = max(node->size, offset + done);
	}
	return (long)done;
}
