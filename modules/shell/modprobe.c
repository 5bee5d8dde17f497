/*
 * modprobe: loads a module with what it needs, which every load does, or takes one out together
 * with what nobody else needs then. Who goes with it is found in the rows of lsmod; all of them
 * leave in one unload, and whoever cannot and was not named stays.
 */
#include <string.h>

#include <lib/compiler.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>

#include "commands.h"

/* Is @name one of the comma-separated @names? */
static bool is_among(const char *names, const char *name)
{
	size_t length = strlen(name), part;

	for (const char *at = names; *at; at += part + (at[part] == ',')) {
		part = strcspn(at, ",");
		if (part == length && memcmp(at, name, length) == 0)
			return true;
	}
	return false;
}

/* Modules on their way out: those that were typed, their dependants if they are to go as well, and
 * after these what all of them need, newest first. */
struct removal {
	struct module_line row;
	struct module_report report;
	unsigned typed, named, count, room;
	const char **names; /* @room of them, and of ->texts */
	char (*texts)[sizeof(((struct module_line *)NULL)->name)];
};

/* Room for all modules that are there now, besides what was typed. */
static struct removal *new_removal(unsigned typed)
{
	struct removal *removal = heap_alloc_zeroed(sizeof(*removal));
	uint64_t cursor = 0;
	size_t size;

	if (!removal)
		return NULL;
	removal->room = typed;
	while (module_describe(&cursor, &removal->row) == 0)
		removal->room++;
	size = sizeof(removal->names[0]) + sizeof(removal->texts[0]);
	removal->names = heap_alloc_zeroed(removal->room * size);
	if (!removal->names) {
		heap_free(removal);
		return NULL;
	}
	removal->texts = (void *)(removal->names + removal->room);
	return removal;
}

static bool has(const struct removal *removal, const char *name)
{
	for (unsigned i = 0; i < removal->count; i++)
		if (strcmp(removal->texts[i], name) == 0)
			return true;
	return false;
}

static void add(struct removal *removal, const char *name, size_t length)
{
	char *text = removal->texts[removal->count];

	if (removal->count == removal->room)
		return; /* loaded meanwhile: unload names it if it is in the way */
	length = min(length, sizeof(removal->texts[0]) - 1);
	memcpy(text, name, length);
	text[length] = '\0';
	if (!has(removal, text))
		removal->names[removal->count++] = text;
}

/* A dependant is newer, so its row comes earlier: again until no more are found. */
static void find_dependants(struct removal *removal)
{
	unsigned before;

	do {
		uint64_t cursor = 0;

		before = removal->count;
		while (module_describe(&cursor, &removal->row) == 0) {
			const char *at =
			    has(removal, removal->row.name) ? removal->row.used_by : "";

			while (*at) {
				size_t length = strcspn(at, ",");

				if (*at != '.') /* the list was cut: unload names them */
					add(removal, at, length);
				at += length + (at[length] == ',');
			}
		}
	} while (removal->count > before);
}

/* A dependency is older, so its row comes later, and its own dependencies are found in one pass. */
static void find_needed(struct removal *removal)
{
	uint64_t cursor = 0;

	while (module_describe(&cursor, &removal->row) == 0) {
		unsigned i = 0;

		while (i < removal->count && !is_among(removal->row.used_by, removal->names[i]))
			i++;
		if (i < removal->count)
			add(removal, removal->row.name, strlen(removal->row.name));
	}
}

/* Whoever was not named and cannot go stays. */
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
 * modprobe -r: what they need goes too, together with them, unless somebody else has it; with
 * --remove-holders also whoever needs them.
 */
static int remove_run(struct command_call *call, bool dependants)
{
	int first = dependants ? 3 : 2, error;
	struct removal *removal = new_removal((unsigned)(call->argc - first));

	if (!removal)
		return no_memory(call, call->argv[first]);
	for (int i = first; i < call->argc; i++) {
		char *text = removal->texts[removal->count];

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
