/*
 * Search for a path in a graph that only its owner knows. The rule: each node is entered once, so
 * the path in hand never repeats a node and the caller's memory is enough.
 */
#include <lib/depgraph.h>

#include <lib/format.h>

static void enter(struct depgraph_step *steps, uint32_t length, uint32_t node)
{
	steps[length].node = node;
	steps[length].nth = 0;
	steps[node].seen = 1;
}

uint32_t depgraph_path(const struct depgraph *graph, uint32_t from, uint32_t to,
		       struct depgraph_step *steps)
{
	uint32_t length = 0;

	for (uint32_t i = 0; i < graph->nodes; i++)
		steps[i].seen = 0;
	enter(steps, length++, from);
	while (length > 0) {
		struct depgraph_step *last = &steps[length - 1];
		uint32_t needed;

		if (last->node == to)
			return length;
		if (!graph->needs(graph->context, last->node, last->nth++, &needed))
			length--;
		else if (!steps[needed].seen)
			enter(steps, length++, needed);
	}
	return 0;
}

int depgraph_text(const struct depgraph *graph, const struct depgraph_step *steps, uint32_t length,
		  char *buffer, size_t size)
{
	size_t used = 0;

	for (uint32_t i = 0; i <= length; i++) {
		size_t at = used < size ? used : size;
		const char *name = graph->name(graph->context, steps[i % length].node);

		used += (size_t)format_text(buffer + at, size - at, "%s%s", i == 0 ? "" : " needs ",
					    name);
	}
	return (int)used;
}
