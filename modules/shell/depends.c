/*
 * What a load would bring in, by the lines `depends=` of the files: for modprobe -D and -v. A name
 * that is needed twice is told once, so that a circle ends. The way down is a list and not the
 * stack: a chain of files may be as long as memory allows.
 */
#include <string.h>

#include <lib/list.h>
#include <lib/module_file.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/stream.h>

#include "commands.h"

struct name {
	struct list_node in_names;
	char text[MODULE_NAME_SIZE];
};

struct shown {
	struct command_call *call;
	struct module_report *report;
	bool new_only;
	struct list_node names;	 /* struct name.in_names: met so far */
	struct list_node opened; /* struct opened.below: the way down, the last one first */
};

/* A file on the way down; @line and @cursor: how far its names have been looked at. */
struct opened {
	struct list_node below;
	struct module_source source;
	struct module_file file;
	const char *line; /* what is left of a line `depends=` */
	uint64_t cursor;  /* of its information */
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

/* 1: entered; 0: it need not be told; or -ENOMEM. */
static int enter(struct shown *shown, const char *text)
{
	struct name *name;

	list_for_each(name, &shown->names, in_names)
		if (strcmp(name->text, text) == 0)
			return 0;
	if (shown->new_only && module_is_there(text))
		return 0;
	name = heap_alloc_zeroed(sizeof(*name));
	if (!name)
		return -ENOMEM;
	strlcpy(name->text, text, sizeof(name->text));
	list_add_last(&shown->names, &name->in_names);
	return 1;
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

/* The next name that @opened needs; false: no more. */
static bool next_needed(struct opened *opened, char name[MODULE_NAME_SIZE])
{
	while (!opened->line || !module_depends_next(&opened->line, name)) {
		opened->line = module_file_info(&opened->file, "depends", &opened->cursor);
		if (!opened->line)
			return false;
	}
	return true;
}

/* Goes down to @word's file, unless it need not be told. 0 or a negative errno. */
static int descend(struct shown *shown, const char *word)
{
	int entered = 0, error;
	struct opened *opened = open_file(word, shown->report, &error);

	if (!error)
		entered = enter(shown, opened->file.name);
	if (entered > 0)
		list_add_first(&shown->opened, &opened->below);
	else
		close_file(opened);
	return error ? error : min(entered, 0);
}

/* The last one on the way down has nothing more that it needs: its line. */
static void ascend(struct shown *shown, struct opened *opened, const char *word, int count,
		   char **words)
{
	list_remove(&opened->below);
	if (list_is_empty(&shown->opened))
		print_line(shown->call, word, opened->file.name, count, words);
	else
		print_line(shown->call, opened->file.name, opened->file.name, 0, NULL);
	close_file(opened);
}

static void end(struct shown *shown)
{
	struct opened *opened;
	struct name *name;

	while ((opened = list_first(&shown->opened, struct opened, below))) {
		list_remove(&opened->below);
		close_file(opened);
	}
	while ((name = list_first(&shown->names, struct name, in_names))) {
		list_remove(&name->in_names);
		heap_free(name);
	}
}

int depends_show(struct command_call *call, const char *word, int count, char **words,
		 bool new_only, struct module_report *report)
{
	struct shown shown = {.call = call, .report = report, .new_only = new_only};
	char name[MODULE_NAME_SIZE];
	struct opened *opened;
	int error;

	list_init(&shown.names);
	list_init(&shown.opened);
	error = descend(&shown, word);
	while (!error && (opened = list_first(&shown.opened, struct opened, below))) {
		if (next_needed(opened, name))
			error = descend(&shown, name);
		else
			ascend(&shown, opened, word, count, words);
	}
	end(&shown);
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
