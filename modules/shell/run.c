/*
 * Runs a parsed line. One function a kind of node; each returns the status of what it ran. Words
 * are expanded right before their command, since $? changes while the line runs.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/command.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/sink.h>
#include <kernel/source.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "commands.h"
#include "session.h"

static int run_node(struct job *job, uint16_t index, struct stream *out);

int shell_fail(struct stream *errors, const char *subject, int error, const char *reason)
{
	char *argv[] = {"shell", NULL};
	struct command_call call = {.argc = 1, .argv = argv, .out = errors, .errors = errors};

	return command_fail(&call, subject, error, "%s", reason);
}

static const char *status_text(int status)
{
	return status == 0 ? "0" : errno_name(status);
}

/* Expands the node's words into the job's storage, which line_create sized for the longest. */
static int expand_words(struct job *job, const struct words_node *node)
{
	const struct words_line *words = &job->line->words;
	size_t used = 0;

	for (unsigned i = 0; i < node->word_count; i++) {
		job->argv[i] = job->storage + used;
		used += words_expand(words->text, &words->words[node->first_word + i],
				     status_text(job->status), job->storage + used,
				     job->line->storage - used) +
			1;
	}
	job->argv[node->word_count] = NULL;
	return node->word_count;
}

int command_run_told(struct command_call *call)
{
	static const char *const said[] = {
	    [COMMAND_ABSENT] = "no such command",
	    [COMMAND_FAULTED] = "its module faulted; see the log",
	    [COMMAND_SILENT] = "failed and does not say why",
	    [COMMAND_STRANGE] = "returned neither 0 nor a negative errno",
	};
	int status = command_run(call);

	if (said[call->end])
		shell_fail(call->errors, call->argv[0], status, said[call->end]);
	return status;
}

static int run_command(struct job *job, const struct words_node *node, struct stream *out)
{
	struct command_call call = {
	    .argc = expand_words(job, node),
	    .argv = job->argv,
	    .out = out,
	    .errors = &job->terminal_stream,
	};
	int status = command_run_told(&call);

	stream_flush(out);
	return status;
}

static int run_on(struct job *job, const struct words_node *node, struct stream *out)
{
	int before = job->cpu, status;
	char number[16];

	if (node->number >= cpu_count() || thread_set_cpu((int)node->number) < 0) {
		format_text(number, sizeof(number), "%u", node->number);
		return shell_fail(&job->terminal_stream, number, -EINVAL, "no such CPU");
	}
	job->cpu = (int)node->number;
	status = run_node(job, node->body, out);
	job->cpu = before;
	thread_set_cpu(before);
	return status;
}

static int run_timed(struct job *job, const struct words_node *node, struct stream *out)
{
	uint64_t start = time_now();
	int status = run_node(job, node->body, out);

	stream_print(&job->terminal_stream, "time: %llu us\n",
		     (unsigned long long)((time_now() - start) / TIME_US));
	return status;
}

static int run_repeated(struct job *job, const struct words_node *node, struct stream *out)
{
	int first = 0;

	for (uint32_t i = 0; i < node->number && !thread_should_stop(); i++) {
		int status = run_node(job, node->body, out);

		if (first == 0)
			first = status;
	}
	return first;
}

static int run_kind(struct job *job, const struct words_node *node, struct stream *out)
{
	switch (node->kind) {
	case WORDS_COMMAND:
		return run_command(job, node, out);
	case WORDS_GROUP:
		return run_items(job, node->body, false, out);
	case WORDS_ON:
		return run_on(job, node, out);
	case WORDS_TIME:
		return run_timed(job, node, out);
	case WORDS_REPEAT:
		return run_repeated(job, node, out);
	}
	return -EINVAL;
}

/* Opens the path behind `>` once for all that the item does. */
static int run_redirected(struct job *job, const struct words_node *node)
{
	const struct words_line *words = &job->line->words;
	char path[PATH_LIMIT + 1];
	struct stream *stream;
	struct sink_file *sink;
	int status, error;

	words_expand(words->text, &words->words[node->redirect], status_text(job->status), path,
		     sizeof(path));
	error = sink_open(path, &sink);
	if (error == -ENOSYS)
		return shell_fail(&job->terminal_stream, path, error,
				  "no module takes output to files now: load files");
	if (error)
		return shell_fail(&job->terminal_stream, path, error, errno_text(error));
	stream = heap_alloc(sizeof(*stream));
	if (!stream) {
		sink_close(sink);
		return shell_fail(&job->terminal_stream, path, -ENOMEM, errno_text(-ENOMEM));
	}
	stream_to_sink(stream, sink);
	status = run_kind(job, node, stream);
	error = stream_flush(stream);
	if (error && status == 0)
		status = shell_fail(&job->terminal_stream, path, error, errno_text(error));
	heap_free(stream);
	sink_close(sink);
	return status;
}

static int run_node(struct job *job, uint16_t index, struct stream *out)
{
	const struct words_node *node;

	if (index == WORDS_NONE)
		return 0;
	node = &job->line->words.nodes[index];
	job->status =
	    node->redirect == WORDS_NONE ? run_kind(job, node, out) : run_redirected(job, node);
	return job->status;
}

static int start_in_background(struct job *job, uint16_t item)
{
	if (job_start(job->session, job->line, item, true, job->status))
		return 0;
	return shell_fail(&job->terminal_stream, "&", -ENOMEM, "no memory for another thread");
}

/* The list that begins at *@item, which becomes the item behind it. */
static int run_list(struct job *job, uint16_t *item, struct stream *out)
{
	const struct words_node *nodes = job->line->words.nodes;
	int status = 0;

	do {
		const struct words_node *node = &nodes[*item];

		if (node->when == WORDS_ALWAYS || (node->when == WORDS_IF_DONE) == (status == 0))
			status = run_node(job, *item, out);
		*item = node->next;
	} while (*item != WORDS_NONE && nodes[*item].when != WORDS_ALWAYS);
	return status;
}

static uint16_t behind_list(const struct words_node *nodes, uint16_t item)
{
	do
		item = nodes[item].next;
	while (item != WORDS_NONE && nodes[item].when != WORDS_ALWAYS);
	return item;
}

int run_items(struct job *job, uint16_t item, bool alone, struct stream *out)
{
	const struct words_node *nodes = job->line->words.nodes;
	int first = 0, status;

	while (item != WORDS_NONE) {
		if (nodes[item].background && !alone) {
			status = start_in_background(job, item);
			item = behind_list(nodes, item);
		} else {
			status = run_list(job, &item, out);
		}
		job->status = status;
		if (first == 0)
			first = status;
		if (alone)
			break;
	}
	return first;
}
