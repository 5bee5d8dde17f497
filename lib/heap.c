/*
 * The pairing heap: a tree whose parents are never larger than their children (Fredman, Sedgewick,
 * Sleator and Tarjan, 1986). Its one rule: siblings are a doubly linked list whose first one's
 * `previous` is the parent, so that any node can be cut out without a search.
 */
#include <lib/heap.h>

/* Joins two trees whose roots have no siblings; returns the root of the result. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	if (b->key < a->key) {
		struct heap_node *swapped = a;

		a = b;
		b = swapped;
	}
	b->next = a->child;
	if (a->child)
		a->child->previous = b;
	b->previous = a;
	a->child = b;
	return a;
}

/* Joins a list of siblings: in pairs from the left, then all of those from the right. */
static struct heap_node *meld_siblings(struct heap_node *first)
{
	struct heap_node *pairs = NULL, *root = NULL;

	while (first) {
		struct heap_node *second = first->next, *rest = second ? second->next : NULL;
		struct heap_node *pair = first;

		first->next = NULL;
		if (second) {
			second->next = NULL;
			pair = meld(first, second);
		}
		pair->next = pairs; /* a stack of pairs: the last is on top */
		pairs = pair;
		first = rest;
	}
	while (pairs) {
		struct heap_node *next = pairs->next;

		pairs->next = NULL;
		root = root ? meld(root, pairs) : pairs;
		pairs = next;
	}
	return root;
}

static void set_root(struct heap *heap, struct heap_node *root)
{
	heap->root = root;
	if (root)
		root->previous = root;
}

void heap_insert(struct heap *heap, struct heap_node *node)
{
	node->child = NULL;
	node->next = NULL;
	set_root(heap, heap->root ? meld(heap->root, node) : node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *rest = meld_siblings(node->child);

	if (heap->root == node) {
		set_root(heap, rest);
	} else {
		if (node->previous->child == node)
			node->previous->child = node->next;
		else
			node->previous->next = node->next;
		if (node->next)
			node->next->previous = node->previous;
		if (rest)
			set_root(heap, meld(heap->root, rest));
	}
	node->child = NULL;
	node->next = NULL;
	node->previous = NULL;
}
