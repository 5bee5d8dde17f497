/*
 * help: the commands in groups, or all that is to be said of one. The words of the grammar are no
 * commands, and stand here.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "commands.h"

struct grammar_word {
	const char *name, *usage, *help, *details;
};

/* The first ones can be typed as a command is. */
#define PREFIXES 4
static const struct grammar_word grammar[] = {
    {"on", "CPU COMMAND", "runs a command, or a group, on that CPU", "on 1 { load hello; hello }"},
    {"time", "COMMAND", "says how long a command or a group takes", "time load consumer"},
    {"repeat", "N COMMAND", "runs it N times; the status is that of the first failure",
     "repeat 100 { load hello; unload hello } > /dev/null"},
    {"failnth", "N COMMAND", "its N-th operation in the kernel that can fail fails",
     "failnth 3 load hello"},
    {";", "as in A ; B", "B after A", "load hello; hello"},
    {"&", "as in A &", "A in the background; `wait` waits for it", "sleep 10 & echo meanwhile"},
    {"&&", "as in A && B", "B if A succeeds", "load hello && hello"},
    {"||", "as in A || B", "B if A fails", "load hello || dmesg | tail"},
    {"|", "as in A | B", "B reads what A prints", "dmesg | grep hello"},
    {">", "as in A > FILE", "what A prints goes to the file; >> FILE: behind its end",
     "lsmod > /tmp/modules"},
    {"<", "as in A < FILE", "A reads the file", "wc -l < /modules/modules.index"},
    {"{", "as in { A; B }", "a group is one command", "{ load hello; hello } > /dev/null"},
    {"$?", NULL, "the status of the last command: 0, or the name of its error", "echo $?"},
    {"#", NULL, "begins a comment, at the start of a word", "true # nothing"},
};

int help_name(unsigned index, char *name, size_t size)
{
	struct command_texts *texts;
	int error;

	if (index < PREFIXES) {
		strlcpy(name, grammar[index].name, size);
		return 0;
	}
	texts = heap_alloc(sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	error = command_describe(index - PREFIXES, texts);
	if (!error)
		strlcpy(name, texts->name, size);
	heap_free(texts);
	return error;
}

/* Text of a module's, with its line breaks. */
static void print_lines(struct command_call *call, const char *text)
{
	while (*text) {
		size_t length = strcspn(text, "\n");

		command_print(call, "  ");
		stream_print_escaped(call->out, text, length);
		command_print(call, "\n");
		text += length + (text[length] == '\n');
	}
}

static void print_heading(struct command_call *call, const char *name, const char *usage,
			  const char *help)
{
	stream_print_escaped(call->out, name, strlen(name));
	if (*usage)
		command_print(call, " ");
	stream_print_escaped(call->out, usage, strlen(usage));
	command_print(call, "\n");
	print_lines(call, help);
}

static bool explain_grammar(struct command_call *call, const char *wanted)
{
	for (size_t i = 0; i < ARRAY_SIZE(grammar); i++) {
		const struct grammar_word *word = &grammar[i];

		if (strcmp(word->name, wanted) != 0)
			continue;
		print_heading(call, word->name, word->usage ? word->usage : "", word->help);
		command_print(call, "  Example: %s\n", word->details);
		return true;
	}
	return false;
}

static int explain(struct command_call *call, const char *wanted, struct command_texts *texts)
{
	if (explain_grammar(call, wanted))
		return 0;
	for (unsigned i = 0; command_describe(i, texts) == 0; i++) {
		if (strcmp(texts->name, wanted) != 0)
			continue;
		print_heading(call, texts->name, texts->usage, texts->help);
		print_lines(call, texts->details);
		return 0;
	}
	return command_fail(call, wanted, -ENOENT, "no such command");
}

/* All commands as they are now, a row each. */
struct row {
	char name[64], group[64], help[128];
	bool printed;
};

struct rows {
	struct row *row;
	unsigned count, room;
};

static bool add_row(struct rows *rows, const struct command_texts *texts)
{
	struct row *more;
	unsigned room = rows->room ? 2 * rows->room : 128;

	if (rows->count == rows->room) {
		more = heap_alloc(room * sizeof(*more));
		if (!more)
			return false;
		if (rows->count > 0)
			memcpy(more, rows->row, rows->count * sizeof(*more));
		heap_free(rows->row);
		rows->row = more;
		rows->room = room;
	}
	more = &rows->row[rows->count++];
	strlcpy(more->name, texts->name, sizeof(more->name));
	strlcpy(more->group, texts->group, sizeof(more->group));
	strlcpy(more->help, texts->help, sizeof(more->help));
	more->printed = false;
	return true;
}

static void print_row(struct command_call *call, const char *name, const char *help)
{
	command_print(call, "  ");
	stream_print_escaped(call->out, name, strlen(name));
	command_print(call, "%*s ", (int)max(12 - (long)strlen(name), 0L), "");
	stream_print_escaped(call->out, help, strlen(help));
	command_print(call, "\n");
}

/* The group of row @first, which is the first of it. */
static void print_group(struct command_call *call, struct rows *rows, unsigned first)
{
	const char *group = rows->row[first].group;

	stream_print_escaped(call->out, group, strlen(group));
	command_print(call, "\n");
	for (unsigned i = first; i < rows->count; i++) {
		if (strcmp(rows->row[i].group, group) != 0)
			continue;
		print_row(call, rows->row[i].name, rows->row[i].help);
		rows->row[i].printed = true;
	}
}

static int list(struct command_call *call, struct command_texts *texts)
{
	struct rows rows = {0};
	int error = 0;

	for (unsigned i = 0; !error && command_describe(i, texts) == 0; i++)
		error = add_row(&rows, texts) ? 0 : no_memory(call, "help");
	for (unsigned i = 0; !error && i < rows.count; i++)
		if (!rows.row[i].printed)
			print_group(call, &rows, i);
	heap_free(rows.row);
	if (error)
		return error;
	command_print(call, "a line\n");
	for (size_t i = 0; i < ARRAY_SIZE(grammar); i++)
		print_row(call, grammar[i].name, grammar[i].help);
	command_print(call, "`help COMMAND` explains one; `help | more` shows this by the page\n");
	return 0;
}

static int help_run(struct command_call *call)
{
	struct command_texts *texts;
	int error;

	if (call->argc > 2)
		return command_usage(call, basic_commands);
	texts = heap_alloc(sizeof(*texts));
	if (!texts)
		return no_memory(call, call->argv[0]);
	error = call->argc == 2 ? explain(call, call->argv[1], texts) : list(call, texts);
	heap_free(texts);
	return error;
}

/* Completion: what it explains. */
static int help_complete(const char *prefix, unsigned index, char *candidate, size_t size)
{
	int error;

	for (unsigned i = 0; (error = help_name(i, candidate, size)) == 0; i++)
		if (strncmp(candidate, prefix, strlen(prefix)) == 0 && index-- == 0)
			break;
	return error;
}

const struct command_operations help_operations = {.run = help_run, .complete = help_complete};
