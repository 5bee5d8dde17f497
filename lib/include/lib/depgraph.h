#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Who needs whom, over numbers the caller gives meaning to. Asked before an edge is added: would it
 * close a circle? The answer is the chain, so that it can be told.
 */
struct depgraph {
	void *context;
	uint32_t nodes; /* numbers are below this */
	/* The @nth node that @node needs (or waits for), from 0; false: no more. */
	bool (*needs)(void *context, uint32_t node, uint32_t nth, uint32_t *needed);
	const char *(*name)(void *context, uint32_t node);
};

/* Working memory of the caller's: one for each node, contents of no matter. */
struct depgraph_step {
	uint32_t node; /* of the path: position in it -> node */
	uint32_t nth;  /* next edge to try at that position */
	uint32_t seen; /* by node */
};

/*
 * A path from @from to @to along needs (from == to: length 1). Returns its length in nodes, which
 * then stand in steps[0..length).node, or 0 when there is none. Linear in nodes and edges.
 */
uint32_t depgraph_path(const struct depgraph *graph, uint32_t from, uint32_t to,
		       struct depgraph_step *steps);
/* "a needs b needs a" for the circle that an edge from the path's last node to its first closes. */
int depgraph_text(const struct depgraph *graph, const struct depgraph_step *steps, uint32_t length,
		  char *buffer, size_t size);
