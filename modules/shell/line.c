/*
 * Lines: what was typed, parsed. A line is shared by the jobs that run parts of it; the last one
 * leaves it to its session, which keeps one for the next line.
 */
#include <string.h>

#include <lib/compiler.h>

#include <kernel/heap.h>

#include "lineedit.h"
#include "session.h"

/* Each $? (two bytes) may grow to the longest name of an error. */
size_t line_storage(size_t length)
{
	return (length / 2 + 1) * 20 + LINE_WORDS + 1;
}

static struct line *line_alloc(struct session *session, size_t length)
{
	size_t room = max(length, (size_t)LINE_LENGTH_MAX) + 1;
	struct line *line = NULL;

	mutex_lock(&session->lock);
	if (session->kept_line && session->kept_line->room == room)
		line = session->kept_line;
	if (line)
		session->kept_line = NULL;
	mutex_unlock(&session->lock);
	if (!line)
		line = heap_alloc(sizeof(*line) + room);
	if (line) {
		memset(line, 0, sizeof(*line));
		line->session = session;
		line->room = room;
	}
	return line;
}

int line_create(struct session *session, const char *text, size_t length, struct line **result)
{
	struct line *line = line_alloc(session, length);
	struct words_diag diag;
	int error;

	if (!line)
		return session_fail(session, "line", -ENOMEM, "no memory to run it");
	memcpy(line->text, text, length);
	line->text[length] = '\0';
	line->users = 1;
	line->words = (struct words_line){
	    .text = line->text,
	    .length = length,
	    .nodes = line->nodes,
	    .node_limit = LINE_NODES,
	    .words = line->word,
	    .word_limit = LINE_WORDS,
	};
	error = words_parse(&line->words, &diag);
	if (error) {
		line->text[diag.word.start + diag.word.length] = '\0';
		session_fail(session, line->text + diag.word.start, error, diag.what);
		line_put(line);
		return error;
	}
	line->storage = line_storage(length);
	*result = line;
	return 0;
}

void line_put(struct line *line)
{
	struct session *session = line->session;

	if (__atomic_sub_fetch(&line->users, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	mutex_lock(&session->lock);
	if (!session->kept_line && line->room == LINE_LENGTH_MAX + 1) {
		session->kept_line = line;
		line = NULL;
	}
	mutex_unlock(&session->lock);
	heap_free(line);
}
