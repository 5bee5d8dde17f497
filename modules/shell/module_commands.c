/*
 * The commands about modules. Each is a thin skin: words become arguments of
 * <kernel/module_control.h>, and its report becomes the lines that the user reads.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/parse.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/mutex.h>
#include <kernel/source.h>
#include <kernel/stream.h>
#include <kernel/time.h>

#include "commands.h"
#include "cure.h"
#include "exporters.h"

void canonical_name(const char *name, char *canonical, size_t size)
{
	size_t length = strlcpy(canonical, name, size);

	for (size_t i = 0; i < length && i < size; i++)
		if (canonical[i] == '-')
			canonical[i] = '_';
}

bool names_equal(const char *a, const char *b)
{
	for (; *a && (*a == *b || (strchr("-_", *a) && *b && strchr("-_", *b))); a++)
		b++;
	return *a == *b;
}

int module_fail(struct command_call *call, const char *subject, int error,
		const struct module_report *report)
{
	const char *line = report->text;
	struct exporters exporters;
	char more[EXPORTERS_TEXT], cure[CURE_TEXT];

	exporters_begin(&exporters);
	for (uint32_t i = 0; i < report->lines; i++, line += strlen(line) + 1) {
		exporters_text(&exporters, line, more);
		if (i == 0)
			command_fail(call, subject, error, "%s%s", line, more);
		else
			command_explain(call, "%s%s", line, more);
		if (reason_cure(line, cure, sizeof(cure)))
			command_explain(call, "%s", cure);
	}
	exporters_end(&exporters);
	if (report->lines == 0)
		command_fail(call, subject, error, "%s", errno_text(error));
	if (report->cut)
		command_explain(call, "and %u more", report->cut);
	return error;
}

static struct module_report *cleared(struct module_report *report)
{
	if (report)
		report_clear(report);
	return report;
}

struct module_report *new_report(void)
{
	return cleared(heap_alloc_zeroed(sizeof(struct module_report)));
}

int no_memory(struct command_call *call, const char *subject)
{
	return command_fail(call, subject, -ENOMEM, "no memory for a report");
}

void cut_endings(struct command_call *call, int first, int end)
{
	for (int i = first; i < end; i++) {
		char *word = call->argv[i];
		size_t length = strlen(word);

		if (length > 3 && strcmp(word + length - 3, ".ko") == 0 && !strchr(word, '/'))
			word[length - 3] = '\0';
	}
}

int load_words(struct command_call *call, int first, unsigned flags, const char *verb)
{
	struct module_report *report = new_report();
	int error;

	if (!report)
		return no_memory(call, call->argv[first]);
	cut_endings(call, first, first + 1);
	error = module_control_load(call->argv[first], NULL, call->argc - first - 1,
				    call->argv + first + 1, flags, report);
	if (error)
		module_fail(call, call->argv[first], error, report);
	else if (verb)
		command_print(call, "%s: %s\n", report->name, verb);
	heap_free(report);
	return error;
}

static int load_run(struct command_call *call)
{
	bool dry = call->argc > 1 && strcmp(call->argv[1], "-n") == 0;
	int first = dry ? 2 : 1;

	if (call->argc <= first || call->argv[first][0] == '-')
		return command_usage(call, module_commands);
	return load_words(call, first, dry ? MODULE_DRY_RUN : 0, dry ? "would load" : "loaded");
}

/* Options in any order before the names; false for one that is not known. */
static bool parse_unload_options(struct command_call *call, struct unload_options *options)
{
	uint64_t seconds;
	int i;

	for (i = 1; i < call->argc && call->argv[i][0] == '-'; i++) {
		if (strcmp(call->argv[i], "-n") == 0) {
			options->flags |= MODULE_DRY_RUN;
		} else if (strcmp(call->argv[i], "-f") == 0) {
			options->flags |= MODULE_FORCE;
		} else if (strcmp(call->argv[i], "-w") == 0 && i + 1 < call->argc &&
			   parse_integer(call->argv[i + 1], strlen(call->argv[i + 1]), 0, 1000000,
					 &seconds) == 0) {
			options->flags |= MODULE_WAIT;
			options->deadline = time_now() + seconds * TIME_SECOND;
			i++;
		} else {
			return false;
		}
	}
	options->first = i;
	return i < call->argc;
}

static bool named_before(const char *const *names, unsigned index)
{
	for (unsigned i = 0; i < index; i++)
		if (names_equal(names[i], names[index]))
			return true;
	return false;
}

/* The word that stands for @name, which may be cut. */
const char *as_typed(const char *const *names, unsigned count, const char *name)
{
	char canonical[sizeof(((struct module_report *)NULL)->name)];

	for (unsigned i = 0; i < count; i++) {
		canonical_name(names[i], canonical, sizeof(canonical));
		if (names_equal(canonical, name))
			return names[i];
	}
	return name[0] ? name : names[0];
}

int unload_words(struct command_call *call, const struct unload_options *options, const char *verb)
{
	struct module_report *report = cleared(reserve_alloc(sizeof(*report)));
	const char *const *names = (const char *const *)call->argv + options->first;
	unsigned count = (unsigned)(call->argc - options->first);
	int error;

	if (!report)
		return no_memory(call, names[0]);
	cut_endings(call, options->first, call->argc);
	error = module_control_unload(names, count, options->flags, options->deadline, report);
	if (error)
		module_fail(call, as_typed(names, count, report->name), error, report);
	for (unsigned i = 0; i < count && !error && verb; i++) {
		char canonical[sizeof(report->name)];

		if (named_before(names, i))
			continue;
		canonical_name(names[i], canonical, sizeof(canonical));
		command_print(call, "%s: %s\n", canonical, verb);
	}
	reserve_free(report);
	return error;
}

static int unload_run(struct command_call *call)
{
	struct unload_options options = {0};

	if (!parse_unload_options(call, &options))
		return command_usage(call, module_commands);
	return unload_words(call, &options,
			    options.flags & MODULE_DRY_RUN ? "would unload" : "unloaded");
}

static int lock_run(struct command_call *call)
{
	if (call->argc != 1)
		return command_usage(call, module_commands);
	module_control_lock();
	return 0;
}

/* Completes @prefix by @name, dashes and underscores being the same: what was typed stays. */
static bool complete_by(const char *prefix, const char *name, char *candidate, size_t size)
{
	size_t length = strlen(prefix);
	char typed[NAME_LIMIT + 1];

	if (length > NAME_LIMIT || length > strlen(name))
		return false;
	canonical_name(prefix, typed, sizeof(typed));
	if (strncmp(name, typed, length) != 0)
		return false;
	snprintf(candidate, size, "%s%s", prefix, name + length);
	return true;
}

/*
 * Candidates are asked for by number, one after the other: where the last answer was is kept, so
 * that the next one is a step and not a walk. Two sessions at once take that from each other, and
 * walk. @next: the number of the candidate behind it.
 */
struct last_answer {
	char prefix[NAME_LIMIT + 1];
	unsigned next;
	uint64_t cursor; /* of module_describe; of a file the number of the next one */
	char name[sizeof(((struct module_line *)0)->name)]; /* as @cursor wants it */
};

static DEFINE_MUTEX(last_mutex);
static struct last_answer last_loaded, last_loadable; /* [L] of last_mutex */

/* What is known of @last when the @index-th candidate for @prefix is wanted. */
static void go_on(const struct last_answer *last, const char *prefix, unsigned index,
		  struct last_answer *from)
{
	*from = (struct last_answer){.next = 0};
	mutex_lock(&last_mutex);
	if (last->next <= index && strcmp(last->prefix, prefix) == 0)
		*from = *last;
	mutex_unlock(&last_mutex);
	strlcpy(from->prefix, prefix, sizeof(from->prefix));
}

static void keep(struct last_answer *last, const struct last_answer *answer)
{
	mutex_lock(&last_mutex);
	*last = *answer;
	mutex_unlock(&last_mutex);
}

/* Candidates for a loaded module's name. */
static int complete_loaded(const char *prefix, unsigned index, char *candidate, size_t size)
{
	struct module_line *row = heap_alloc(sizeof(*row));
	struct last_answer at;
	int error = -ENOENT;

	if (!row)
		return -ENOENT;
	go_on(&last_loaded, prefix, index, &at);
	strlcpy(row->name, at.name, sizeof(row->name));
	while (error && module_describe(&at.cursor, row) == 0)
		if (complete_by(prefix, row->name, candidate, size) && at.next++ == index)
			error = 0;
	strlcpy(at.name, row->name, sizeof(at.name));
	if (!error)
		keep(&last_loaded, &at);
	heap_free(row);
	return error;
}

/* Candidates for a module of the image: the .ko files of /modules without their ending. */
static int complete_loadable(const char *prefix, unsigned index, char *candidate, size_t size)
{
	struct source_name file;
	struct last_answer at;

	go_on(&last_loadable, prefix, index, &at);
	while (source_list("/modules", (unsigned)at.cursor++, &file) == 0) {
		size_t length = strlen(file.name);

		if (length <= 3 || strcmp(file.name + length - 3, ".ko") != 0)
			continue;
		file.name[length - 3] = '\0';
		if (!complete_by(prefix, file.name, candidate, size) || at.next++ != index)
			continue;
		keep(&last_loadable, &at);
		return 0;
	}
	return -ENOENT;
}

#define OPERATIONS(name, ...)                                                                      \
	static const struct command_operations name##_operations = {.run = name##_run, __VA_ARGS__}
OPERATIONS(load, .complete = complete_loadable);
OPERATIONS(unload, .complete = complete_loaded);
OPERATIONS(insmod, );
OPERATIONS(rmmod, .complete = complete_loaded);
OPERATIONS(modprobe, .complete = complete_loadable);
OPERATIONS(lsmod, .complete = complete_loaded);
OPERATIONS(modinfo, .complete = complete_loadable);
OPERATIONS(lock, );

struct command module_commands[] = {
    {.name = "load",
     .usage = "[-n] NAME|PATH [param=value ...]",
     .help = "loads a module, what it needs first",
     .details = "-n       all stages before it runs, then undone\n"
		"NAME     of a file NAME.ko in /modules; PATH has a /\n"
		"param=value  as `modinfo NAME` lists them\n"
		"Example: load hello who=you",
     .group = "modules",
     .operations = &load_operations},
    {.name = "unload",
     .usage = "[-n] [-w SECONDS] [-f] NAME ...",
     .help = "unloads modules, all or none",
     .details = "-n       only says what stands in the way, or would unload\n"
		"-w SECONDS  takes no new callers and waits for the present ones\n"
		"-f       by force, when no thread is in it; spans are cut\n"
		"Those named may use each other; all go, or none.\n"
		"Example: unload -w 5 consumer provider",
     .group = "modules",
     .operations = &unload_operations},
    {.name = "lsmod",
     .usage = "[-v [NAME]]",
     .help = "lists modules",
     .details = "-v       what each has registered, parameters, sections, taint\n"
		"NAME     only that one\n"
		"Example: lsmod -v hello",
     .group = "modules",
     .operations = &lsmod_operations},
    {.name = "modinfo",
     .usage = "[-F FIELD | -a | -d | -l | -p | -n] [-0] NAME|PATH ...",
     .help = "shows what a module says of itself",
     .details = "-F FIELD only that field's values\n"
		"-a -d -l -p -n  that of author, description, license, parameters, file name\n"
		"-0       values end in NUL\n"
		"Example: modinfo -F depends consumer",
     .group = "modules",
     .operations = &modinfo_operations},
    {.name = "insmod",
     .usage = "PATH [param=value ...]",
     .help = "loads a file, resolving nothing",
     .details = "Example: insmod /modules/hello.ko who=you",
     .group = "modules",
     .operations = &insmod_operations},
    {.name = "rmmod",
     .usage = "[-w [SECONDS]] [-f] [-v] NAME ...",
     .help = "unloads modules, silently",
     .details = "-f       by force\n"
		"-v       says what it does\n"
		"-w SECONDS  waits for callers\n"
		"Example: rmmod -v hello",
     .group = "modules",
     .operations = &rmmod_operations},
    {.name = "modprobe",
     .usage = "[-r] [-a] [-n] [-v] [-q] [-D] [-R] [--first-time] [--remove-holders] NAME ...",
     .help = "loads or unloads a module with what it needs",
     .details = "-r       unloads, with what only it needed; --remove-holders: also what needs it\n"
		"-a       all words are modules\n"
		"-n       does nothing; -v says what would be done; -D prints it as insmod lines\n"
		"-q       says nothing of a module that is not there\n"
		"-R       prints the names that a word leads to\n"
		"--first-time  an error when it is there already, or not there\n"
		"Example: modprobe -r consumer",
     .group = "modules",
     .operations = &modprobe_operations},
    {.name = "lock",
     .help = "no more loading or unloading until reboot",
     .details = "Example: lock",
     .group = "modules",
     .operations = &lock_operations},
    {.name = NULL},
};
