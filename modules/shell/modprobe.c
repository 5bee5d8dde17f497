/*
 * modprobe: loads a module with what it needs, which every load does, or takes one out together
 * with what no other module needs then. All of them leave in one unload; a module that cannot and
 * was not named stays.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>

#include "commands.h"

/*
 * Modules on their way out: those that were typed, their dependants if they are to go as well, and
 * after these what all of them need. Found among the modules that were there at the beginning.
 */
struct removal {
	struct module_line line;
	struct module_report report;
	unsigned typed, named, count, there;
	const char **names;					/* ->count of them */
	char (*texts)[sizeof(((struct module_line *)0)->name)]; /* newest first; then what was typed
								 */
};

static struct removal *new_removal(unsigned typed)
{
	struct removal *removal = heap_alloc_zeroed(sizeof(*removal));
	unsigned room = typed;
	uint64_t cursor = 0;

	if (!removal)
		return NULL;
	while (module_describe(&cursor, &removal->line) == 0)
		room++;
	removal->names =
	    heap_alloc_zeroed(room * (sizeof(removal->names[0]) + sizeof(removal->texts[0])));
	if (!removal->names) {
		heap_free(removal);
		return NULL;
	}
	removal->texts = (void *)(removal->names + room);
	cursor = 0;
	while (removal->there < room - typed && module_describe(&cursor, &removal->line) == 0)
		strlcpy(removal->texts[removal->there++], removal->line.name,
			sizeof(removal->texts[0]));
	return removal;
}

static bool has(const struct removal *removal, const char *name)
{
	for (unsigned i = 0; i < removal->count; i++)
		if (strcmp(removal->names[i], name) == 0)
			return true;
	return false;
}

static void add(struct removal *removal, const char *name)
{
	if (!has(removal, name))
		removal->names[removal->count++] = name;
}

/* A dependant is newer than what it needs: after one pass, the oldest first, all are found. */
static void find_dependants(struct removal *removal)
{
	for (unsigned row = removal->there; row-- > 0;) {
		const char *name = removal->texts[row];
		unsigned i = 0;

		while (i < removal->count && !module_needs(name, removal->names[i]))
			i++;
		if (i < removal->count)
			add(removal, name);
	}
}

/* Is it needed, and by modules alone that leave, too? All that need it are in newer rows. */
static bool only_leaving_need(const struct removal *removal, unsigned row)
{
	bool needed = false;

	for (unsigned newer = 0; newer < row; newer++) {
		if (!module_needs(removal->texts[newer], removal->texts[row]))
			continue;
		if (!has(removal, removal->texts[newer]))
			return false;
		needed = true;
	}
	return needed;
}

/* The newest first. */
static void find_needed(struct removal *removal)
{
	for (unsigned row = 0; row < removal->there; row++)
		if (only_leaving_need(removal, row))
			add(removal, removal->texts[row]);
}

/* A module that was not named and cannot go stays. */
static bool drop_obstacle(struct removal *removal)
{
	unsigned i = removal->named;

	while (i < removal->count && strcmp(removal->names[i], removal->report.name) != 0)
		i++;
	if (i == removal->count)
		return false;
	removal->count--;
	memmove(&removal->names[i], &removal->names[i + 1],
		(removal->count - i) * sizeof(removal->names[0]));
	return true;
}

/*
 * modprobe -r: what they need goes too, together with them, unless another module needs it; with
 * --remove-holders also the modules that need them.
 */
static int remove_run(struct command_call *call, bool dependants)
{
	int first = dependants ? 3 : 2, error;
	struct removal *removal = new_removal((unsigned)(call->argc - first));

	if (!removal)
		return no_memory(call, call->argv[first]);
	for (int i = first; i < call->argc; i++) {
		char *text = removal->texts[removal->there + removal->count];

		canonical_name(call->argv[i], text, sizeof(removal->texts[0]));
		removal->names[removal->count++] = text;
	}
	removal->typed = removal->count;
	if (dependants)
		find_dependants(removal);
	removal->named = removal->count;
	find_needed(removal);
	for (unsigned i = 0; i < removal->typed; i++)
		removal->names[i] = call->argv[i + first];
	do {
		error =
		    module_control_unload(removal->names, removal->count, 0, 0, &removal->report);
	} while (error && drop_obstacle(removal));
	if (error)
		module_fail(call, as_typed(removal->names, removal->typed, removal->report.name),
			    error, &removal->report);
	heap_free(removal->names);
	heap_free(removal);
	return error;
}

/* Is it there, or about to be? */
static bool is_there(const char *name)
{
	struct module_line row;
	uint64_t cursor = 0;

	while (module_describe(&cursor, &row) == 0)
		if (strcmp(row.name, name) == 0)
			return row.state != MODULE_FAILED;
	return false;
}

/* As on Linux, what is loaded already is no error; that something else exists already is one. */
int modprobe_run(struct command_call *call)
{
	struct module_report *report;
	bool dependants;
	int error;

	if (call->argc > 2 && strcmp(call->argv[1], "-r") == 0) {
		dependants = strcmp(call->argv[2], "--remove-holders") == 0;
		if (call->argc > 2 + dependants)
			return remove_run(call, dependants);
	}
	if (call->argc < 2 || call->argv[1][0] == '-')
		return command_usage(call, module_commands);
	report = new_report();
	if (!report)
		return no_memory(call, call->argv[1]);
	error = module_control_load(call->argv[1], NULL, call->argc - 2, call->argv + 2, 0, report);
	if (error == -EEXIST && is_there(report->name))
		error = 0;
	if (error)
		module_fail(call, call->argv[1], error, report);
	heap_free(report);
	return error;
}
