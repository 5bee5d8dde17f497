/* Circles of dependencies, and the states of a module. */
#include <stdlib.h>

#include <lib/compiler.h>
#include <lib/depgraph.h>
#include <lib/module_state.h>

#include "test.h"

#define NODES 200

static const char *edges; /* "ab bc": a needs b, b needs c */

static bool needs(void *context, uint32_t node, uint32_t nth, uint32_t *needed)
{
	(void)context;
	for (const char *edge = edges; *edge != '\0'; edge += edge[2] == '\0' ? 2 : 3) {
		if ((uint32_t)(edge[0] - 'a') != node || nth-- != 0)
			continue;
		*needed = (uint32_t)(edge[1] - 'a');
		return true;
	}
	return false;
}

static const char *name(void *context, uint32_t node)
{
	static char names[26][2];

	(void)context;
	names[node][0] = (char)('a' + node);
	return names[node];
}

/* "abc": the path, or "" for none. */
static const char *path(const char *all, char from, char to, char *text, size_t size)
{
	static char found[27];
	const struct depgraph graph = {NULL, 26, needs, name};
	struct depgraph_step *steps = malloc(26 * sizeof(*steps));
	uint32_t length;

	edges = all;
	memset(steps, 0xee, 26 * sizeof(*steps));
	length = depgraph_path(&graph, (uint32_t)(from - 'a'), (uint32_t)(to - 'a'), steps);
	for (uint32_t i = 0; i < length; i++)
		found[i] = (char)('a' + steps[i].node);
	found[length] = '\0';
	if (text != NULL)
		depgraph_text(&graph, steps, length, text, size);
	free(steps);
	return found;
}

TEST(paths)
{
	char text[100];

	CHECK_STR(path("", 'a', 'b', NULL, 0), "");
	CHECK_STR(path("", 'a', 'a', text, sizeof(text)), "a");
	CHECK_STR(text, "a needs a");
	CHECK_STR(path("ab", 'a', 'b', text, sizeof(text)), "ab");
	CHECK_STR(text, "a needs b needs a");
	CHECK_STR(path("ab", 'b', 'a', NULL, 0), "");
	CHECK_STR(path("ab ac ad db dz", 'a', 'z', text, sizeof(text)), "adz");
	CHECK_STR(text, "a needs d needs z needs a");
	CHECK_STR(path("ab bc ca cd", 'a', 'd', NULL, 0), "abcd"); /* past a circle */
	CHECK_STR(path("ab bc ca", 'a', 'z', NULL, 0), "");
	CHECK_STR(path("aa ab", 'a', 'b', NULL, 0), "ab");
	CHECK_STR(path("ab", 'a', 'b', text, 9), "ab");
	CHECK_STR(text, "a needs ");
}

static unsigned looks;

static bool complete(void *context, uint32_t node, uint32_t nth, uint32_t *needed)
{
	(void)context, (void)node;
	looks++;
	*needed = nth;
	return nth < NODES - 1;
}

TEST(cost_is_that_of_nodes_and_edges)
{
	const struct depgraph graph = {NULL, NODES, complete, name};
	static struct depgraph_step steps[NODES];

	/* everybody needs everybody but the last */
	CHECK_EQ(depgraph_path(&graph, 0, NODES - 1, steps), 0);
	CHECK(looks <= NODES * NODES);
}

TEST(states)
{
	static const struct {
		enum module_state from, to;
	} allowed[] = {
	    {MODULE_ABSENT, MODULE_LOADING},   {MODULE_LOADING, MODULE_LIVE},
	    {MODULE_LOADING, MODULE_ABSENT},   {MODULE_LOADING, MODULE_FAILED},
	    {MODULE_LIVE, MODULE_UNLOADING},   {MODULE_LIVE, MODULE_FAILED},
	    {MODULE_UNLOADING, MODULE_ABSENT}, {MODULE_UNLOADING, MODULE_LIVE},
	    {MODULE_UNLOADING, MODULE_FAILED}, {MODULE_FAILED, MODULE_UNLOADING},
	};
	unsigned count = 0;

	for (unsigned from = 0; from < MODULE_STATES; from++)
		for (unsigned to = 0; to < MODULE_STATES; to++)
			count += module_state_may_change(from, to);
	CHECK_EQ(count, ARRAY_SIZE(allowed));
	for (unsigned i = 0; i < ARRAY_SIZE(allowed); i++)
		CHECK(module_state_may_change(allowed[i].from, allowed[i].to));
	CHECK(!module_state_may_change(MODULE_STATES, MODULE_ABSENT));
	CHECK(!module_state_may_change(MODULE_LIVE, MODULE_STATES));
	CHECK_STR(module_state_name(MODULE_UNLOADING), "unloading");
	CHECK_STR(module_state_name(MODULE_STATES), "unknown");
}
