#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A priority queue by 64-bit key, smallest first: a pairing heap of nodes that live inside what is
 * queued. Insert is O(1), remove O(log n) amortised; nothing is allocated and nothing recurses.
 * Equal keys leave in no particular order. The caller has the lock. (Memory comes from
 * <kernel/heap.h>, another heap.)
 */
struct heap_node {
	uint64_t key;		 /* the caller's; constant while queued */
	struct heap_node *child; /* first of the children */
	struct heap_node *next;	 /* next sibling */
	struct heap_node
	    *previous; /* previous sibling, or the parent of the first; of the root: itself */
};

struct heap {
	struct heap_node *root; /* the smallest; zero-initialised is empty */
};

/* A zeroed node is not queued. */
static inline bool heap_node_is_queued(const struct heap_node *node)
{
	return node->previous != NULL;
}

/* The node with the smallest key; NULL when empty. */
static inline struct heap_node *heap_first(const struct heap *heap)
{
	return heap->root;
}

/* @node must not be queued; its key is set. */
void heap_insert(struct heap *heap, struct heap_node *node);
/* @node must be queued in @heap. */
void heap_remove(struct heap *heap, struct heap_node *node);
