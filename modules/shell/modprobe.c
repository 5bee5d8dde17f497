/*
 * modprobe: loads a module with what it needs, which every load does, or takes one out together
 * with what no other module needs then. All of them leave in one unload; a module that cannot and
 * was not named stays.
 */
#include <string.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module_control.h>

#include "commands.h"

struct row {
	char name[sizeof(((struct module_line *)0)->name)];
	bool leaves;
};

/*
 * Modules on their way out: those that were typed, their dependants if they are to go as well, and
 * after these what all of them need. Found among the modules that were there at the beginning.
 */
struct removal {
	struct module_line line;
	struct module_report report;
	unsigned typed, named, count, there;
	const char **names; /* ->count of them */
	struct row *rows;   /* ->there of them, the newest first; behind them what was typed */
	unsigned *users;    /* what find_users has found, as numbers of rows */
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
	    heap_alloc_zeroed(room * (sizeof(removal->names[0]) + sizeof(removal->rows[0]) +
				      sizeof(removal->users[0])));
	if (!removal->names) {
		heap_free(removal);
		return NULL;
	}
	removal->users = (unsigned *)(removal->names + room);
	removal->rows = (struct row *)(removal->users + room);
	cursor = 0;
	while (removal->there < room - typed && module_describe(&cursor, &removal->line) == 0)
		strlcpy(removal->rows[removal->there++].name, removal->line.name,
			sizeof(removal->rows[0].name));
	return removal;
}

static void add(struct removal *removal, unsigned row)
{
	if (removal->rows[row].leaves)
		return;
	removal->rows[row].leaves = true;
	removal->names[removal->count++] = removal->rows[row].name;
}

/* The row above @row that has this name; @row: there is none. Mostly it is near. */
static unsigned find_newer(const struct removal *removal, unsigned row, const char *name,
			   size_t length)
{
	for (unsigned newer = row; newer-- > 0;) {
		const char *other = removal->rows[newer].name;

		if (strncmp(other, name, length) == 0 && other[length] == '\0')
			return newer;
	}
	return row;
}

/* How many modules need that of @row; their rows are in ->users. They are newer than what they
 * need. Where lsmod would not show all of them, each is asked. */
static unsigned find_users(struct removal *removal, unsigned row)
{
	const char *at = removal->line.used_by;
	unsigned count = 0;
	size_t length;

	if (row_of(removal->rows[row].name, &removal->line) != 0)
		return 0;
	length = strlen(at);
	if (length >= 3 && strcmp(at + length - 3, "...") == 0) {
		for (unsigned newer = 0; newer < row; newer++)
			if (module_needs(removal->rows[newer].name, removal->rows[row].name))
				removal->users[count++] = newer;
		return count;
	}
	for (; *at; at += length + (at[length] == ',')) {
		unsigned newer;

		length = strcspn(at, ",");
		newer = find_newer(removal, row, at, length);
		if (newer < row && count < row)
			removal->users[count++] = newer;
	}
	return count;
}

/* After one pass, the oldest first, all are found. */
static void find_dependants(struct removal *removal)
{
	for (unsigned row = removal->there; row-- > 0;) {
		unsigned users = removal->rows[row].leaves ? find_users(removal, row) : 0;

		for (unsigned i = 0; i < users; i++)
			add(removal, removal->users[i]);
	}
}

/* Is it needed, and by modules alone that leave, too? */
static bool only_leaving_need(struct removal *removal, unsigned row)
{
	unsigned users = find_users(removal, row), leaving = 0;

	for (unsigned i = 0; i < users; i++)
		leaving += removal->rows[removal->users[i]].leaves;
	return users > 0 && leaving == users;
}

/* The newest first. What the machine was booted with stays unless it is named. */
static void find_needed(struct removal *removal)
{
	size_t size;

	for (unsigned row = 0; row < removal->there; row++)
		if (only_leaving_need(removal, row) && !boot_file(removal->rows[row].name, &size))
			add(removal, row);
}

/* A name that was typed: among those that leave also if there is no such module. */
static void add_typed(struct removal *removal, const char *word)
{
	struct row *typed = &removal->rows[removal->there + removal->count];

	canonical_name(word, typed->name, sizeof(typed->name));
	for (unsigned row = 0; row < removal->there; row++)
		if (strcmp(removal->rows[row].name, typed->name) == 0)
			removal->rows[row].leaves = true;
	removal->names[removal->count++] = typed->name;
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

struct modprobe {
	bool remove, all, dry, verbose, quiet, depends, resolve, first_time, holders;
	int first; /* index of the first name */
};

/* With -q it is not said that there is no such module. */
static void tell(struct command_call *call, const struct modprobe *options, const char *subject,
		 int error, const struct module_report *report)
{
	if (options->quiet && error == -ENOENT)
		call->told = true;
	else
		module_fail(call, subject, error, report);
}

/*
 * modprobe -r: what they need goes too, together with them, unless another module needs it or it
 * is of the boot set; with --remove-holders also the modules that need them.
 */
static int remove_run(struct command_call *call, const struct modprobe *options)
{
	unsigned flags = options->dry ? MODULE_DRY_RUN : 0;
	int first = options->first, error;
	struct removal *removal = new_removal((unsigned)(call->argc - first));

	if (!removal)
		return no_memory(call, call->argv[first]);
	for (int i = first; i < call->argc; i++)
		add_typed(removal, call->argv[i]);
	removal->typed = removal->count;
	if (options->holders)
		find_dependants(removal);
	removal->named = removal->count;
	find_needed(removal);
	for (unsigned i = 0; i < removal->typed; i++)
		removal->names[i] = call->argv[i + first];
	do {
		error = module_control_unload(removal->names, removal->count, flags, 0,
					      &removal->report);
	} while (error && drop_obstacle(removal));
	if (error)
		tell(call, options, as_typed(removal->names, removal->typed, removal->report.name),
		     error, &removal->report);
	for (unsigned i = 0; i < removal->count && !error && options->verbose; i++)
		command_print(call, "rmmod %s\n", removal->names[i]);
	heap_free(removal->names);
	heap_free(removal);
	return error;
}

bool module_is_there(const char *name)
{
	struct module_line row;

	return row_of(name, &row) == 0 && row.state != MODULE_FAILED;
}

/* As on Linux, what is loaded already is no error; that something else exists already is one. */
static int load_one(struct command_call *call, const struct modprobe *options, int index, int count,
		    struct module_report *report)
{
	const char *name = call->argv[index];
	char **words = call->argv + index + 1;
	int error = 0;

	if (options->resolve)
		error = depends_resolve(call, name, report);
	if (!error && (options->depends || options->verbose))
		error = depends_show(call, name, count, words, !options->depends, report);
	if (!error && !options->resolve && !options->depends)
		error = module_control_load(name, NULL, count, words,
					    options->dry ? MODULE_DRY_RUN : 0, report);
	if (error == -EEXIST && module_is_there(report->name) && !options->first_time)
		error = 0;
	if (error)
		tell(call, options, name, error, report);
	return error;
}

static int load_run(struct command_call *call, const struct modprobe *options)
{
	struct module_report *report = new_report();
	int count = options->all ? 0 : call->argc - options->first - 1;
	int last = options->all ? call->argc - 1 : options->first;
	int error = 0;

	if (!report)
		return no_memory(call, call->argv[options->first]);
	for (int i = options->first; i <= last; i++) {
		int one = load_one(call, options, i, count, report);

		report_clear(report);
		if (!error)
			error = one;
	}
	heap_free(report);
	return error;
}

/* The flag that an option sets; NULL: it is not known. */
static bool *flag_of(struct modprobe *options, const char *word)
{
	const struct {
		const char *brief, *full;
		bool *flag;
	} known[] = {
	    {"-r", "--remove", &options->remove},
	    {"-a", "--all", &options->all},
	    {"-n", "--dry-run", &options->dry},
	    {"-n", "--show", &options->dry},
	    {"-v", "--verbose", &options->verbose},
	    {"-q", "--quiet", &options->quiet},
	    {"-D", "--show-depends", &options->depends},
	    {"-R", "--resolve-alias", &options->resolve},
	    {"--first-time", "--first-time", &options->first_time},
	    {"--remove-holders", "--remove-holders", &options->holders},
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(word, known[i].brief) == 0 || strcmp(word, known[i].full) == 0)
			return known[i].flag;
	return NULL;
}

/* An option, or several letters in one word; false when one is not known. */
static bool take_option(struct modprobe *options, const char *word)
{
	bool *flag = flag_of(options, word);

	if (flag)
		return *flag = true;
	if (word[1] == '-' || word[1] == '\0')
		return false;
	for (word++; *word; word++) {
		flag = flag_of(options, (char[]){'-', *word, '\0'});
		if (!flag)
			return false;
		*flag = true;
	}
	return true;
}

int modprobe_run(struct command_call *call)
{
	struct modprobe options = {.first = 1};
	int end = call->argc;

	for (; options.first < call->argc && call->argv[options.first][0] == '-'; options.first++)
		if (!take_option(&options, call->argv[options.first]))
			return kmod_refuse(call, call->argv[options.first]);
	if (options.first >= call->argc || (options.holders && !options.remove))
		return command_usage(call, module_commands);
	if (!options.all && !options.remove)
		end = options.first + 1; /* the others are parameters */
	cut_endings(call, options.first, end);
	return options.remove ? remove_run(call, &options) : load_run(call, &options);
}
