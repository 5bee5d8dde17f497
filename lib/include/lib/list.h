#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <lib/compiler.h>

/*
 * A circular doubly linked list. Head and members are the same structure; a member lives inside the
 * structure that is listed. The caller has the lock. A node is unlinked (points at itself, after
 * list_init or list_remove) or in exactly one list; list_remove of an unlinked node does nothing.
 */
struct list_node {
	struct list_node *next, *previous;
};

#define LIST_INIT(name)                                                                            \
	{                                                                                          \
		&(name), &(name)                                                                   \
	}
#define LIST_HEAD(name) struct list_node name = LIST_INIT(name)

static inline void list_init(struct list_node *node)
{
	node->next = node;
	node->previous = node;
}

static inline bool list_is_empty(const struct list_node *head)
{
	return head->next == head;
}

/* Of a member: is it in a list? */
static inline bool list_is_linked(const struct list_node *node)
{
	return node->next != node;
}

/* Right behind @position: behind the head it is the first. A reader without the lock, which follows
 * ->next alone, comes to it when it is whole. */
static inline void list_add_first(struct list_node *position, struct list_node *node)
{
	node->previous = position;
	node->next = position->next;
	position->next->previous = node;
	__atomic_store_n(&position->next, node, __ATOMIC_RELEASE);
}

/* Right before @position: before the head it is the last. */
static inline void list_add_last(struct list_node *position, struct list_node *node)
{
	list_add_first(position->previous, node);
}

static inline void list_remove(struct list_node *node)
{
	node->previous->next = node->next;
	node->next->previous = node->previous;
	list_init(node);
}

static inline size_t list_count(const struct list_node *head)
{
	size_t count = 0;

	for (const struct list_node *node = head->next; node != head; node = node->next)
		count++;
	return count;
}

#define list_entry(node, type, member) container_of(node, type, member)

/* The first listed structure; NULL when the list is empty. */
#define list_first(head, type, member)                                                             \
	(list_is_empty(head) ? NULL : list_entry((head)->next, type, member))
/* @entry: a declared pointer to the listed structure. */
#define list_for_each(entry, head, member)                                                         \
	for (entry = list_entry((head)->next, __typeof__(*entry), member);                         \
	     &entry->member != (head);                                                             \
	     entry = list_entry(entry->member.next, __typeof__(*entry), member))

#define list_for_each_reverse(entry, head, member)                                                 \
	for (entry = list_entry((head)->previous, __typeof__(*entry), member);                     \
	     &entry->member != (head);                                                             \
	     entry = list_entry(entry->member.previous, __typeof__(*entry), member))

/* The body may remove and free @entry, but not @next_entry, a second declared pointer. */
#define list_for_each_safe(entry, next_entry, head, member)                                        \
	for (entry = list_entry((head)->next, __typeof__(*entry), member),                         \
	    next_entry = list_entry(entry->member.next, __typeof__(*entry), member);               \
	     &entry->member != (head); entry = next_entry,                                         \
	    next_entry = list_entry(entry->member.next, __typeof__(*entry), member))
