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
#include <kernel/thread.h>

#include "commands.h"
#include "session.h"

#define CANDIDATES_LISTED 100
#define CANDIDATES_ASKED 16384u /* a module's list may have no end */
#define CONTROL_C 3

struct word_completion {
	struct terminal *terminal;
	struct words_place place;
	char prefix[LINE_LENGTH_MAX + 1];
	char command[64];
	char candidate[PATH_LIMIT + NAME_LIMIT + 2];
	struct line_completion common;
	struct stream stream; /* what is listed goes there */
	unsigned listed;
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

/* False: it is one more than are listed. */
static bool list_candidate(struct word_completion *completion)
{
	const char *text = completion->candidate;

	if (strncmp(text, completion->prefix, strlen(completion->prefix)) != 0)
		return true;
	if (completion->listed++ == CANDIDATES_LISTED)
		return false;
	stream_print_escaped(&completion->stream, text, strlen(text));
	stream_print(&completion->stream, "\n");
	return true;
}

/*
 * Lists the candidates, or looks for what they have in common. 0: there are no more; -E2BIG: there
 * may be; -EINTR: Ctrl-C, which is looked for between two, since the session's thread asks itself.
 */
static int ask_candidates(struct word_completion *completion, bool lists)
{
	for (unsigned i = 0; i < CANDIDATES_ASKED; i++) {
		if (terminal_watch(completion->terminal, CONTROL_C, 0) == 0 || thread_should_stop())
			return -EINTR;
		if (next_candidate(completion, i) != 0)
			return 0;
		if (!lists)
			line_completion_add(&completion->common, completion->prefix,
					    completion->candidate);
		else if (!list_candidate(completion))
			break;
	}
	return -E2BIG;
}

static int list_candidates(struct word_completion *completion)
{
	int error;

	terminal_edit_end(completion->terminal);
	stream_to_terminal(&completion->stream, completion->terminal);
	error = ask_candidates(completion, true);
	if (error == -E2BIG)
		stream_print(&completion->stream, "...\n");
	stream_flush(&completion->stream);
	return error;
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

/* What all candidates have in common goes into the line; nothing in common: they are listed. */
static int complete_at_cursor(struct word_completion *completion, struct line_edit *edit)
{
	struct line_completion *common = &completion->common;
	size_t prefix = strlen(completion->prefix);
	int error = ask_candidates(completion, false);

	if (error == -E2BIG)
		return list_candidates(completion);
	if (error)
		return error;
	if (common->count > 0 && common->length > prefix)
		line_insert(edit, common->common + prefix, common->length - prefix);
	else if (common->count > 1)
		error = list_candidates(completion);
	if (common->count == 1 && common->common[common->length - 1] != '/')
		line_insert(edit, " ", 1);
	return error;
}

void complete_word(struct terminal *terminal, struct line_edit *edit)
{
	struct word_completion *completion = heap_alloc_zeroed(sizeof(*completion));

	if (!completion)
		return;
	completion->terminal = terminal;
	locate(completion, edit);
	if (complete_at_cursor(completion, edit) == -EINTR) {
		terminal_edit_end(terminal);
		line_start(edit);
	}
	heap_free(completion);
}
