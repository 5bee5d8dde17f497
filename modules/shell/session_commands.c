/*
 * The commands that have to do with the session that they are typed in, and with time.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/parse.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/source.h>
#include <kernel/stream.h>
#include <kernel/thread.h>
#include <kernel/time.h>
#include <kernel/wait.h>

#include "commands.h"
#include "lineedit.h"
#include "session.h"

#define SLEEP_MOST 1000000u /* s */
#define SCRIPT_LIMIT (1ul << 20)
#define SCRIPT_DEPTH 8u /* scripts that run scripts */

static int wait_run(struct command_call *call)
{
	if (call->argc != 1)
		return command_usage(call, session_commands);
	return session_wait_for_jobs(call);
}

/* "1.5" in ns; false: not a number of seconds. */
static bool parse_seconds(const char *text, uint64_t *duration)
{
	size_t whole = strcspn(text, ".");
	uint64_t seconds = 0, unit = TIME_SECOND;

	if (whole == 0 || parse_integer(text, whole, 0, SLEEP_MOST, &seconds) < 0)
		return false;
	*duration = seconds * TIME_SECOND;
	if (text[whole] == '\0')
		return true;
	for (text += whole + 1; *text >= '0' && *text <= '9'; text++) {
		unit /= 10;
		*duration += (uint64_t)(*text - '0') * unit;
	}
	return *text == '\0';
}

static int sleep_run(struct command_call *call)
{
	struct wait_queue *cancel = job_cancel_queue();
	bool cancelled = false;
	uint64_t duration;

	if (call->argc != 2 || !parse_seconds(call->argv[1], &duration))
		return command_usage(call, session_commands);
	if (cancel)
		wait_event_until(cancel, cancelled = command_cancelled(call),
				 time_now() + duration);
	else
		cancelled = thread_sleep_until_stop(time_now() + duration);
	return cancelled ? -EINTR : 0;
}

/* The lines of the history are copied one by one, since the session adds to it meanwhile. */
static int history_run(struct command_call *call)
{
	struct job *job = job_current();
	char line[LINE_LENGTH_MAX + 1];

	if (call->argc != 1 || !job)
		return command_usage(call, session_commands);
	for (size_t i = 0; session_history_line(job->session, i, line); i++) {
		command_print(call, "%5zu  ", i + 1);
		stream_print_escaped(call->out, line, strlen(line));
		command_print(call, "\n");
	}
	return 0;
}

/* Runs one line of a script in a job of its own, whose thread is this one. */
static int run_script_line(struct job *job, const char *text, size_t length,
			   const struct ends *ends)
{
	struct line *line;
	struct job *inner;
	int status = line_create(job->session, text, length, &line);

	if (status)
		return status;
	inner = job_create(job->session, line, line->words.first, job->status);
	if (inner) {
		inner->cpu = job->cpu;
		inner->cancel = job->cancel;
		status = run_items(inner, line->words.first, false, ends);
		stream_flush(&inner->terminal_stream);
		heap_free(inner);
	} else {
		status = session_fail(job->session, "line", -ENOMEM, "no memory to run it");
	}
	line_put(line);
	return status;
}

static int run_script(struct job *job, const char *text, size_t size, const struct ends *ends)
{
	const char *end = text + size;

	while (text < end && !thread_should_stop() && !READ_ONCE(job->cancel->seen)) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		const char *stop = newline ? newline : end;
		size_t length = (size_t)(stop - text);

		if (length > 0 && text[length - 1] == '\r')
			length--;
		job->status = run_script_line(job, text, length, ends);
		text = stop + 1;
	}
	return job->status;
}

/* Its status is that of the last line. */
static int source_run(struct command_call *call)
{
	struct job *job = job_current();
	size_t size;
	void *bytes;
	int status;

	if (call->argc != 2 || !job)
		return command_usage(call, session_commands);
	if (job->scripts == SCRIPT_DEPTH)
		return command_fail(call, call->argv[1], -ELOOP, "%u scripts run each other",
				    SCRIPT_DEPTH);
	status = source_load(call->argv[1], SCRIPT_LIMIT, THIS_MODULE, &bytes, &size);
	if (status)
		return command_fail(call, call->argv[1], status, "%s", errno_text(status));
	job->scripts++;
	status = run_script(job, bytes, size, &(struct ends){call->in, call->out});
	job->scripts--;
	heap_free(bytes);
	call->told = true;
	return status;
}

#define OPERATIONS(name)                                                                           \
	static const struct command_operations name##_operations = {.run = name##_run}
OPERATIONS(wait);
OPERATIONS(sleep);
OPERATIONS(history);
OPERATIONS(source);

struct command session_commands[] = {
    {.name = "wait",
     .help = "waits for everything in the background",
     .details = "Example: sleep 3 & wait",
     .group = "the session",
     .operations = &wait_operations},
    {.name = "sleep",
     .usage = "SECONDS",
     .help = "waits so long; 0.5 is half a second",
     .details = "Ctrl-C ends it.\n"
		"Example: sleep 0.5",
     .group = "the session",
     .operations = &sleep_operations},
    {.name = "history",
     .help = "lists the lines that were typed here",
     .details = "Example: history | tail -n 5",
     .group = "the session",
     .operations = &history_operations},
    {.name = "source",
     .usage = "FILE",
     .help = "runs the lines of a file as if they had been typed",
     .details = "Example: source /host/script",
     .group = "the session",
     .operations = &source_operations},
    {.name = NULL},
};
