/*
 * Completion: candidates come from the commands, from a command's own list, or from a folder; what
 * they have in common is inserted, and when that is nothing they are listed.
 */
#include <string.h>

#include <lib/format.h>
#include "lineedit.h"
#include "words.h"

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/source.h>
#include <kernel/stream.h>

#include "commands.h"
#include "session.h"

#define CANDIDATES_LISTED 100

struct word_completion {
	struct words_place place;
	char prefix[LINE_LENGTH_MAX + 1];
	char command[64];
	char candidate[PATH_LIMIT + NAME_LIMIT + 2];
	struct line_completion common;
};

/* The candidate with this index among those of the folder that the path so far names. */
static int path_candidate(struct word_completion *completion, unsigned index)
{
	const char *slash = strrchr(completion->prefix, '/');
	size_t folder = (size_t)(slash - completion->prefix) + 1;
	char path[PATH_LIMIT + 1];
	struct source_name name;
	int error;

	if (folder > PATH_LIMIT)
		return -ENOENT;
	memcpy(path, completion->prefix, folder);
	path[folder > 1 ? folder - 1 : 1] = '\0';
	error = source_list(path, index, &name);
	if (error)
		return error;
	format_text(completion->candidate, sizeof(completion->candidate), "%.*s%s%s", (int)folder,
		    completion->prefix, name.name, name.folder ? "/" : "");
	return 0;
}

static int command_candidate(struct word_completion *completion, unsigned index)
{
	return help_name(index, completion->candidate, sizeof(completion->candidate));
}

static int next_candidate(struct word_completion *completion, unsigned index)
{
	if (completion->place.is_command)
		return command_candidate(completion, index);
	if (completion->prefix[0] == '/')
		return path_candidate(completion, index);
	if (completion->place.is_file || completion->place.command.length == 0)
		return -ENOENT;
	return command_complete(completion->command, completion->prefix, index,
				completion->candidate, sizeof(completion->candidate));
}

static void list_candidates(struct word_completion *completion, struct terminal *terminal)
{
	struct stream stream;
	size_t prefix = strlen(completion->prefix);
	unsigned listed = 0;

	terminal_edit_end(terminal);
	stream_to_terminal(&stream, terminal);
	for (unsigned i = 0; next_candidate(completion, i) == 0; i++) {
		if (strncmp(completion->candidate, completion->prefix, prefix) != 0)
			continue;
		if (++listed > CANDIDATES_LISTED) {
			stream_print(&stream, "...\n");
			break;
		}
		stream_print_escaped(&stream, completion->candidate, strlen(completion->candidate));
		stream_print(&stream, "\n");
	}
	stream_flush(&stream);
}

static void locate(struct word_completion *completion, const struct line_edit *edit)
{
	size_t length;

	words_locate(edit->text, edit->cursor, &completion->place);
	length = edit->cursor - completion->place.start;
	memcpy(completion->prefix, edit->text + completion->place.start, length);
	completion->prefix[length] = '\0';
	words_expand(edit->text, &completion->place.command, "0", completion->command,
		     sizeof(completion->command));
}

void complete_word(struct terminal *terminal, struct line_edit *edit)
{
	struct word_completion *completion = heap_alloc_zeroed(sizeof(*completion));
	struct line_completion *common;
	size_t prefix;

	if (!completion)
		return;
	common = &completion->common;
	locate(completion, edit);
	prefix = strlen(completion->prefix);
	for (unsigned i = 0; next_candidate(completion, i) == 0; i++)
		line_completion_add(common, completion->prefix, completion->candidate);
	if (common->count > 0 && common->length > prefix)
		line_insert(edit, common->common + prefix, common->length - prefix);
	else if (common->count > 1)
		list_candidates(completion, terminal);
	if (common->count == 1 && common->common[common->length - 1] != '/')
		line_insert(edit, " ", 1);
	heap_free(completion);
}
