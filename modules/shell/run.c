/*
 * Runs a parsed line. One function a kind of node; each returns the status of what it ran. Words
 * are expanded right before their command, since $? changes while the line runs.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/command.h>
#include <kernel/fault_injection.h>
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/sink.h>
#include <kernel/source.h>
#include <kernel/thread.h>
#include <kernel/time.h>

#include "commands.h"
#include "session.h"

#define INPUT_LIMIT (16ul << 20) /* bytes of a file behind `<` */

static int run_node(struct job *job, uint16_t index, const struct ends *ends);

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

/* Says what the command itself has not. What it got to read may be anything now: its name is taken
 * from the line again, and after a fault its streams begin anew. */
static void tell_end(struct job *job, const struct words_node *node, enum command_end end,
		     int status)
{
	static const char *const said[] = {
	    [COMMAND_ABSENT] = "no such command",
	    [COMMAND_FAULTED] = "its module faulted; see the log",
	    [COMMAND_SILENT] = "failed and does not say why",
	    [COMMAND_STRANGE] = "returned neither 0 nor a negative errno",
	    [COMMAND_SPOILT] = "wrote over its output; what it printed is not whole",
	};

	if (!said[end] || READ_ONCE(job->cancel->seen))
		return;
	expand_words(job, node);
	shell_fail(&job->terminal_stream, job->argv[0], status, said[end]);
}

static int run_command(struct job *job, const struct words_node *node, const struct ends *ends)
{
	struct stream_goal out = stream_goal(ends->out);
	struct stream_goal errors = stream_goal(&job->terminal_stream);
	struct command_call call = {
	    .argc = expand_words(job, node),
	    .argv = job->argv,
	    .in = ends->in,
	    .out = ends->out,
	    .errors = &job->terminal_stream,
	    .cancel = job->cancel,
	};
	int status;

	WRITE_ONCE(job->cancel->asked, false);
	status = command_run(&call);

	if (call.end != COMMAND_FAULTED &&
	    (stream_is_spoilt(ends->out, &out) || stream_is_spoilt(&job->terminal_stream, &errors)))
		call.end = COMMAND_SPOILT;
	if (call.end == COMMAND_FAULTED || call.end == COMMAND_SPOILT) {
		stream_restart(ends->out, &out);
		stream_restart(&job->terminal_stream, &errors);
	}
	tell_end(job, node, call.end, status);
	stream_flush(ends->out);
	return status;
}

static int run_on(struct job *job, const struct words_node *node, const struct ends *ends)
{
	int before = job->cpu, status;
	char number[16];

	if (node->number >= cpu_count() || thread_set_cpu((int)node->number) < 0) {
		format_text(number, sizeof(number), "%u", node->number);
		return shell_fail(&job->terminal_stream, number, -EINVAL, "no such CPU");
	}
	job->cpu = (int)node->number;
	status = run_node(job, node->body, ends);
	job->cpu = before;
	thread_set_cpu(before);
	return status;
}

static int run_timed(struct job *job, const struct words_node *node, const struct ends *ends)
{
	uint64_t start = time_now();
	int status = run_node(job, node->body, ends);

	stream_print(&job->terminal_stream, "time: %llu us\n",
		     (unsigned long long)((time_now() - start) / TIME_US));
	return status;
}

struct body {
	struct job *job;
	uint16_t node;
	const struct ends *ends;
};

static int run_body(void *argument)
{
	const struct body *body = argument;

	return run_node(body->job, body->node, body->ends);
}

/* The N-th operation that can fail fails, of all that runs in this thread. */
static int run_failing(struct job *job, const struct words_node *node, const struct ends *ends)
{
	struct body body = {job, node->body, ends};
	struct fault_injection injected;
	int error = fault_injection_run(node->number, run_body, &body, &injected);

	if (error)
		return shell_fail(&job->terminal_stream, "failnth", error,
				  "another failnth is under way");
	if (injected.failed)
		stream_print(ends->out, "failnth: injected at %s\n", injected.failed);
	else
		stream_print(ends->out, "failnth: not reached (%llu operations)\n",
			     (unsigned long long)injected.count);
	return injected.result;
}

/* Is what is left of the line not to run? A command has been ended by Ctrl-C, or a `repeat` asks
 * that is all of the line. */
static bool is_over(struct job *job, const struct words_node *node)
{
	const struct words_line *words = &job->line->words;
	struct command_call call = {.cancel = job->cancel};

	if (node && node == &words->nodes[words->first] && node->next == WORDS_NONE)
		return command_cancelled(&call);
	return thread_should_stop() || READ_ONCE(job->cancel->seen);
}

static int run_repeated(struct job *job, const struct words_node *node, const struct ends *ends)
{
	int first = 0;

	/* An output that takes no more (a pipe whose reader has ended) ends it. */
	for (uint32_t i = 0; i < node->number && !is_over(job, node) && !ends->out->error; i++) {
		int status = run_node(job, node->body, ends);

		if (first == 0)
			first = status;
	}
	return first;
}

static int run_kind(struct job *job, const struct words_node *node, const struct ends *ends)
{
	switch (node->kind) {
	case WORDS_COMMAND:
		return run_command(job, node, ends);
	case WORDS_GROUP:
		return run_items(job, node->body, false, ends);
	case WORDS_ON:
		return run_on(job, node, ends);
	case WORDS_TIME:
		return run_timed(job, node, ends);
	case WORDS_FAIL:
		return run_failing(job, node, ends);
	case WORDS_REPEAT:
		return run_repeated(job, node, ends);
	}
	return -EINVAL;
}

/* The word behind `>` or `<`, as @path. */
static void expand_path(const struct job *job, uint16_t word, char path[PATH_LIMIT + 2])
{
	const struct words_line *words = &job->line->words;

	words_expand(words->text, &words->words[word], status_text(job->status), path,
		     PATH_LIMIT + 2);
}

/* With the output going to the path behind `>`, which is opened once for all that the item does. */
static int run_redirected(struct job *job, const struct words_node *node, const struct ends *ends)
{
	char path[PATH_LIMIT + 2];
	struct stream *stream;
	struct sink_file *sink;
	uint64_t end;
	int status, error;

	expand_path(job, node->redirect, path);
	error = sink_open(path, node->append, &sink, &end);
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
	stream_to_sink(stream, sink, end);
	status = run_kind(job, node, &(struct ends){ends->in, stream});
	error = stream_flush(stream);
	if (error && status == 0)
		status = shell_fail(&job->terminal_stream, path, error, errno_text(error));
	heap_free(stream);
	sink_close(sink);
	return status;
}

static int run_to(struct job *job, const struct words_node *node, const struct ends *ends)
{
	return node->redirect == WORDS_NONE ? run_kind(job, node, ends)
					    : run_redirected(job, node, ends);
}

/* With the bytes of the file behind `<` to be read, by all that the item does together. */
static int run_from(struct job *job, const struct words_node *node, const struct ends *ends)
{
	struct command_input in = {0};
	char path[PATH_LIMIT + 2];
	void *bytes;
	int status;

	expand_path(job, node->input, path);
	status = source_load(path, INPUT_LIMIT, THIS_MODULE, &bytes, &in.left);
	if (status == -ENXIO)
		return shell_fail(&job->terminal_stream, path, status,
				  "not a regular file: use `cat FILE |`");
	if (status)
		return shell_fail(&job->terminal_stream, path, status, errno_text(status));
	in.bytes = bytes;
	status = run_to(job, node, &(struct ends){&in, ends->out});
	heap_free(bytes);
	return status;
}

static int run_node(struct job *job, uint16_t index, const struct ends *ends)
{
	const struct words_node *node;

	if (index == WORDS_NONE)
		return 0;
	node = &job->line->words.nodes[index];
	job->status =
	    node->input == WORDS_NONE ? run_to(job, node, ends) : run_from(job, node, ends);
	return job->status;
}

static int start_in_background(struct job *job, uint16_t item)
{
	if (job_start_alone(job, item))
		return 0;
	return shell_fail(&job->terminal_stream, "&", -ENOMEM, "no memory for another thread");
}

static bool is_piped(const struct words_node *nodes, uint16_t item)
{
	return item != WORDS_NONE && nodes[item].when == WORDS_PIPED;
}

static uint16_t behind_pipe(const struct words_node *nodes, uint16_t item)
{
	do
		item = nodes[item].next;
	while (is_piped(nodes, item));
	return item;
}

/*
 * The items of a pipe from @item on, each but the last in a thread of its own that writes into the
 * pipe behind it. The last one's status counts.
 */
static int run_pipe(struct job *job, uint16_t item, const struct ends *ends)
{
	const struct words_node *nodes = job->line->words.nodes;
	struct command_input *in = ends->in;
	struct stage *last = NULL, *stage;
	int status;

	for (; is_piped(nodes, nodes[item].next); item = nodes[item].next) {
		stage = stage_start(job, item, in, last);
		if (!stage)
			break;
		last = stage;
		in = &stage->in;
	}
	if (is_piped(nodes, nodes[item].next))
		status =
		    shell_fail(&job->terminal_stream, "|", -ENOMEM, "no memory for another thread");
	else
		status = run_node(job, item, &(struct ends){in, ends->out});
	stages_end(last);
	job->status = status;
	return status;
}

void run_stage(struct job *job)
{
	struct stage *stage = job->stage;

	thread_set_cpu(job->cpu);
	job->status = run_node(job, job->item, &(struct ends){stage->from, &stage->out});
	stream_flush(&stage->out);
}

/* The list that begins at *@item, which becomes the item behind it. */
static int run_list(struct job *job, uint16_t *item, const struct ends *ends)
{
	const struct words_node *nodes = job->line->words.nodes;
	int status = 0;

	do {
		enum words_when when = nodes[*item].when;

		if (when == WORDS_ALWAYS || (when == WORDS_IF_DONE) == (status == 0))
			status = run_pipe(job, *item, ends);
		*item = behind_pipe(nodes, *item);
	} while (*item != WORDS_NONE && nodes[*item].when != WORDS_ALWAYS && !is_over(job, NULL));
	return status;
}

static uint16_t behind_list(const struct words_node *nodes, uint16_t item)
{
	do
		item = nodes[item].next;
	while (item != WORDS_NONE && nodes[item].when != WORDS_ALWAYS);
	return item;
}

int run_items(struct job *job, uint16_t item, bool alone, const struct ends *ends)
{
	const struct words_node *nodes = job->line->words.nodes;
	int first = 0, status;

	while (item != WORDS_NONE && !is_over(job, NULL)) {
		if (nodes[item].background && !alone) {
			status = start_in_background(job, item);
			item = behind_list(nodes, item);
		} else {
			status = run_list(job, &item, ends);
		}
		job->status = status;
		if (first == 0)
			first = status;
		if (alone)
			break;
	}
	return first;
}
