/*
 * A session's thread: reads keys, shows the line being edited, and gives finished lines to jobs. It
 * never runs a command itself. What is typed meanwhile waits in the terminal, but for Ctrl-C.
 */
#include <string.h>

#include <lib/format.h>
#include "lineedit.h"

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/source.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "session.h"

#define RC_PATH "/fw_cfg/opt/tenon/rc"
#define RC_LIMIT (64ul << 20)
#define CONTROL_C 3
#define TOO_LONG "longer than 511 characters; not run: put it into a file and use `source`"

static void show_line(struct session *session)
{
	char shown[sizeof(PROMPT) + LINE_LENGTH_MAX];
	size_t prompt = sizeof(PROMPT) - 1;

	memcpy(shown, PROMPT, prompt);
	memcpy(shown + prompt, session->edit->text, session->edit->length);
	terminal_edit(session->terminal, shown, prompt + session->edit->length,
		      prompt + session->edit->cursor);
}

/* Until the job is done, or Ctrl-C leaves it to the background: at the first one, unless it ends a
 * command that asks. False: it runs on. */
static bool await_job(struct session *session, struct job *job)
{
	bool ends = false;

	while (!session_has_done_job(session, job) && !thread_should_stop()) {
		if (terminal_watch(session->terminal, CONTROL_C, WAIT_FOREVER) != 0)
			continue;
		terminal_write(session->terminal, "^C\n", 3);
		if (ends || !job_cancel(job))
			return false;
		ends = true;
	}
	return session_has_done_job(session, job);
}

/* Runs a line in the foreground. */
static void run_line(struct session *session, const char *text, size_t length)
{
	struct line *line;
	struct job *job;
	int error = line_create(session, text, length, &line);

	if (error) {
		session->status = error;
		return;
	}
	if (line->words.first == WORDS_NONE) {
		line_put(line);
		return;
	}
	job = job_start(session, line);
	line_put(line);
	if (!job) {
		session->status = session_fail(session, "line", -ENOMEM, "no memory to run it");
		return;
	}
	if (!await_job(session, job)) {
		job_leave(job);
		session->status = -EINTR;
		return;
	}
	session->status = job->status;
	job_keep(job);
}

static void edit_event(struct session *session, enum line_event event)
{
	static const char clear[] = "\033[2J\033[H";

	switch (event) {
	case LINE_DONE:
		terminal_edit_end(session->terminal);
		mutex_lock(&session->lock);
		line_history_add(session->history, session->edit->text);
		mutex_unlock(&session->lock);
		run_line(session, session->edit->text, session->edit->length);
		line_start(session->edit);
		session_reap(session);
		break;
	case LINE_TOO_LONG:
		terminal_edit_end(session->terminal);
		session->status = session_fail(session, "line", -E2BIG, TOO_LONG);
		line_start(session->edit);
		break;
	case LINE_INTERRUPT:
		terminal_edit_end(session->terminal);
		line_start(session->edit);
		break;
	case LINE_COMPLETE:
		complete_word(session->terminal, session->edit);
		break;
	case LINE_CLEAR:
		terminal_edit(session->terminal, NULL, 0, 0);
		terminal_write_raw(session->terminal, clear, sizeof(clear) - 1);
		break;
	case LINE_UNCHANGED:
	case LINE_END:
		return;
	case LINE_CHANGED:
		break;
	}
	show_line(session);
}

/* Each line of the file is echoed behind a prompt and run as if it had been typed. */
static void run_rc(struct session *session)
{
	void *bytes;
	const char *text, *end;
	size_t size;

	if (source_load(RC_PATH, RC_LIMIT, THIS_MODULE, &bytes, &size) < 0)
		return;
	text = bytes;
	end = text + size;
	while (text < end && !thread_should_stop()) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		size_t next = newline ? length + 1 : length;
		struct stream stream;

		if (length > 0 && text[length - 1] == '\r')
			length--;
		stream_to_terminal(&stream, session->terminal);
		stream_print(&stream, PROMPT);
		stream_print_escaped(&stream, text, length);
		stream_print(&stream, "\n");
		stream_flush(&stream);
		run_line(session, text, length);
		session_reap(session);
		text += next;
	}
	heap_free(bytes);
}

bool session_history_line(struct session *session, size_t index, char *text)
{
	const struct line_history *history = session->history;
	bool there;

	mutex_lock(&session->lock);
	there = index < history->count;
	if (there)
		strlcpy(text, history->lines[(history->first + index) % history->capacity],
			LINE_LENGTH_MAX + 1);
	mutex_unlock(&session->lock);
	return there;
}

int session_run(void *argument)
{
	struct session *session = argument;

	if (module_wait_live(THIS_MODULE) < 0)
		return 0;
	if (session->reads_rc)
		run_rc(session);
	show_line(session);
	while (!thread_should_stop()) {
		int key = terminal_read(session->terminal, WAIT_FOREVER);

		if (key >= 0)
			edit_event(session, line_feed(session->edit, (unsigned char)key));
	}
	terminal_edit(session->terminal, NULL, 0, 0);
	return 0;
}
