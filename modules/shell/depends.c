/*
 * What a load would bring in, by the lines `depends=` of the files: for modprobe -D and -v. A name
 * that is needed twice is told once, so that a circle ends.
 */
#include <string.h>

#include <lib/module_file.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/stream.h>

#include "commands.h"

#define SHOWN_MOST 64u

struct shown {
	struct command_call *call;
	struct module_report *report;
	bool new_only;
	unsigned count;
	char names[SHOWN_MOST][MODULE_NAME_SIZE];
};

struct opened {
	struct module_source source;
	struct module_file file;
};

static struct opened *open_file(const char *word, struct module_report *report, int *error)
{
	struct opened *opened = heap_alloc_zeroed(sizeof(*opened));
	struct elf_limits limits = ELF_LIMITS_DEFAULT;

	*error = opened ? module_source_open(word, false, &opened->source, report) : -ENOMEM;
	if (!*error)
		*error = module_file_validate(opened->source.bytes, opened->source.size, &limits,
					      &opened->file, report);
	return opened;
}

static void close_file(struct opened *opened)
{
	if (opened)
		module_source_close(&opened->source);
	heap_free(opened);
}

static bool is_loaded(const char *name)
{
	struct module_line row;
	uint64_t cursor = 0;

	while (module_describe(&cursor, &row) == 0)
		if (strcmp(row.name, name) == 0)
			return true;
	return false;
}

/* Enters the name; false: it is there already, or there is no room. */
static bool enter(struct shown *shown, const char *name)
{
	for (unsigned i = 0; i < shown->count; i++)
		if (strcmp(shown->names[i], name) == 0)
			return false;
	if (shown->count == SHOWN_MOST || (shown->new_only && is_loaded(name)))
		return false;
	strlcpy(shown->names[shown->count++], name, sizeof(shown->names[0]));
	return true;
}

static void print_line(struct command_call *call, const char *word, const char *name, int count,
		       char **words)
{
	if (strchr(word, '/'))
		command_print(call, "insmod %s", word);
	else
		command_print(call, "insmod /modules/%s.ko", name);
	for (int i = 0; i < count; i++) {
		command_print(call, " ");
		stream_print_escaped(call->out, words[i], strlen(words[i]));
	}
	command_print(call, "\n");
}

static int show(struct shown *shown, const char *word, int count, char **words);

/* All that one line `depends=` names. */
static int show_needed(struct shown *shown, const char *line)
{
	char name[MODULE_NAME_SIZE];
	int error = 0;

	while (*line && !error) {
		size_t length = strcspn(line, ",");

		strlcpy(name, line, min(length + 1, sizeof(name)));
		line += line[length] ? length + 1 : length;
		error = show(shown, name, 0, NULL);
	}
	return error;
}

static int show(struct shown *shown, const char *word, int count, char **words)
{
	struct elf_text tag;
	const char *line;
	uint64_t cursor = 0;
	int error;
	struct opened *opened = open_file(word, shown->report, &error);

	if (!error && enter(shown, opened->file.name)) {
		while (!error && module_file_info_next(&opened->file, &cursor, &tag, &line))
			if (tag.length == 7 && memcmp(tag.at, "depends", 7) == 0)
				error = show_needed(shown, line);
		if (!error)
			print_line(shown->call, word, opened->file.name, count, words);
	}
	close_file(opened);
	return error;
}

int depends_show(struct command_call *call, const char *word, int count, char **words,
		 bool new_only, struct module_report *report)
{
	struct shown *shown = heap_alloc_zeroed(sizeof(*shown));
	int error;

	if (!shown)
		return -ENOMEM;
	shown->call = call;
	shown->report = report;
	shown->new_only = new_only;
	error = show(shown, word, count, words);
	heap_free(shown);
	return error;
}

int depends_resolve(struct command_call *call, const char *word, struct module_report *report)
{
	int error;
	struct opened *opened = open_file(word, report, &error);

	if (!error)
		command_print(call, "%s\n", opened->file.name);
	close_file(opened);
	return error;
}
