#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <kernel/spinlock.h>

/*
 * Objects that are open, known by their addresses: so an object that is closed twice is known
 * without a look at it, whose memory may be gone. The party that takes an object out ends it.
 */
#define OPEN_SET_BUCKETS 256
struct open_node {
	struct open_node *next; /* [L] of the set */
};

struct open_set {
	struct spinlock lock;
	const char *what;			     /* [I] for the log: "a file" */
	struct open_node *buckets[OPEN_SET_BUCKETS]; /* [L] by address */
};
#define OPEN_SET_INIT(set, objects)                                                                \
	{                                                                                          \
		.lock = SPINLOCK_INIT(#set), .what = (objects)                                     \
	}

/* Embedded in the object. Context: any but irq and nmi. */
void open_set_add(struct open_set *set, struct open_node *node);
/* Takes it out; false: it is not in it. */
bool open_set_take(struct open_set *set, const struct open_node *node);
/* The same for a function that closes an object: then a line in the log names its @caller. */
bool open_set_take_for(struct open_set *set, const struct open_node *node, const void *caller);
