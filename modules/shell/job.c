/*
 * Jobs: the threads that run lines. A job is on its session's list from its start until the thread
 * that takes it off joins its thread and frees it, so each is joined exactly once.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

#include "session.h"

int session_fail(struct session *session, const char *subject, int error, const char *reason)
{
	struct stream errors;

	stream_to_terminal(&errors, session->terminal);
	return shell_fail(&errors, subject, error, reason);
}

int line_create(struct session *session, const char *text, size_t length, struct line **result)
{
	struct line *line = heap_alloc_zeroed(sizeof(*line) + length + 1);
	struct words_diag diag;
	int error;

	if (!line)
		return session_fail(session, "line", -ENOMEM, "no memory to run it");
	memcpy(line->text, text, length);
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
		heap_free(line);
		return error;
	}
	/* Each $? (two bytes) may grow to the longest name of an error. */
	line->storage = (length / 2 + 1) * 20 + LINE_WORDS + 1;
	*result = line;
	return 0;
}

void line_put(struct line *line)
{
	if (__atomic_sub_fetch(&line->users, 1, __ATOMIC_ACQ_REL) == 0)
		heap_free(line);
}

/* Runs what the job is for, and closes the ends of pipes that are its own. */
static void run_own(struct job *job)
{
	struct stage *stage = job->stage;

	if (!stage) {
		job->status = run_items(job, job->item, job->alone,
					&(struct ends){NULL, &job->terminal_stream});
		return;
	}
	run_stage(job);
	pipe_close_writes(&stage->pipe);
	if (stage->before)
		pipe_close_reads(&stage->before->pipe);
}

static int job_run(void *argument)
{
	struct job *job = argument;
	struct session *session = job->session;

	run_own(job);
	stream_flush(&job->terminal_stream);
	mutex_lock(&session->lock);
	job->done = true;
	mutex_unlock(&session->lock);
	wait_queue_wake(&session->done);
	terminal_interrupt(session->terminal);
	return 0;
}

static struct job *job_create(struct session *session, struct line *line, uint16_t item, int status)
{
	struct job *job = heap_alloc_zeroed(sizeof(*job) + line->storage);

	if (!job)
		return NULL;
	job->session = session;
	job->line = line;
	job->item = item;
	job->status = status;
	job->cpu = THREAD_ANY_CPU;
	job->cancel = &job->own_cancel;
	stream_to_terminal(&job->terminal_stream, session->terminal);
	return job;
}

/* The job, with a use of the line; NULL, and it is freed: no thread for it. */
static struct job *job_launch(struct job *job)
{
	struct session *session = job->session;

	__atomic_add_fetch(&job->line->users, 1, __ATOMIC_RELAXED);
	/* The lock is held until the thread is known, since the job may be done before that. */
	mutex_lock(&session->lock);
	job->thread = thread_create(job_run, job, "job/%s", terminal_name(session->terminal));
	if (job->thread)
		list_add_last(&session->jobs, &job->node);
	mutex_unlock(&session->lock);
	if (job->thread)
		return job;
	line_put(job->line);
	heap_free(job);
	return NULL;
}

struct job *job_start(struct session *session, struct line *line, uint16_t item, bool alone,
		      int status)
{
	struct job *job = job_create(session, line, item, status);

	if (!job)
		return NULL;
	job->alone = alone;
	return job_launch(job);
}

struct job *job_start_stage(struct job *job, uint16_t item, struct stage *stage)
{
	struct job *started = job_create(job->session, job->line, item, job->status);

	if (!started)
		return NULL;
	started->stage = stage;
	started->starter = job;
	started->cpu = job->cpu;
	started->cancel = job->cancel;
	return job_launch(started);
}

bool job_cancel(struct job *job)
{
	WRITE_ONCE(job->cancel->wanted, true);
	wait_queue_wake(&job->session->done);
	return READ_ONCE(job->cancel->asked);
}

/* The job is off the list already: this thread is the one that joins it. */
static void job_join(struct job *job)
{
	thread_stop(job->thread);
	line_put(job->line);
	heap_free(job);
}

void job_reap(struct job *job)
{
	struct session *session = job->session;

	mutex_lock(&session->lock);
	list_remove(&job->node);
	mutex_unlock(&session->lock);
	job_join(job);
}

/* Takes one job that is done off the list; NULL: none. */
static struct job *take_done(struct session *session)
{
	struct job *job, *taken = NULL;

	mutex_lock(&session->lock);
	list_for_each(job, &session->jobs, node) {
		if (job->done && !job->stage) {
			taken = job;
			list_remove(&job->node);
			break;
		}
	}
	mutex_unlock(&session->lock);
	return taken;
}

void session_reap(struct session *session)
{
	struct job *job;

	while ((job = take_done(session)) != NULL)
		job_join(job);
}

/* The oldest that no other job joins, off the list; NULL: none. */
static struct job *take_any(struct session *session)
{
	struct job *job, *taken = NULL;

	mutex_lock(&session->lock);
	list_for_each(job, &session->jobs, node)
		if (!taken && !job->stage)
			taken = job;
	if (taken)
		list_remove(&taken->node);
	mutex_unlock(&session->lock);
	return taken;
}

void session_join_all(struct session *session)
{
	struct job *job;

	while ((job = take_any(session)) != NULL)
		job_join(job);
}

bool session_has_done_job(struct session *session, const struct job *job)
{
	bool done;

	mutex_lock(&session->lock);
	done = job->done;
	mutex_unlock(&session->lock);
	return done;
}

/* Whether all jobs but those that wait, or whose pipe does, are done. */
static bool others_done(struct session *session)
{
	struct job *job;
	bool all = true;

	mutex_lock(&session->lock);
	list_for_each(job, &session->jobs, node)
		all = all && (job->done || job->waits || job->stage);
	mutex_unlock(&session->lock);
	return all;
}

/* Counts one `wait` more, or one less, in @job and in those that end only after it. */
static void count_wait(struct job *job, int more)
{
	struct session *session = job->session;

	mutex_lock(&session->lock);
	for (; job; job = job->starter)
		job->waits += (unsigned)more;
	mutex_unlock(&session->lock);
}

struct job *job_current(void)
{
	struct job *job, *found = NULL;

	for (unsigned i = 0; i < TERMINALS && !found; i++) {
		mutex_lock(&sessions[i].lock);
		list_for_each(job, &sessions[i].jobs, node)
			if (job->thread == thread_current())
				found = job;
		mutex_unlock(&sessions[i].lock);
	}
	return found;
}

struct wait_queue *job_cancel_queue(void)
{
	struct job *job = job_current();

	return job ? &job->session->done : NULL;
}

int session_wait_for_jobs(struct command_call *call)
{
	struct job *job = job_current();
	bool cancelled = false;

	if (!job)
		return 0;
	count_wait(job, 1);
	wait_queue_wake(&job->session->done);
	wait_event(&job->session->done,
		   others_done(job->session) || (cancelled = command_cancelled(call)));
	session_reap(job->session);
	count_wait(job, -1);
	return cancelled ? -EINTR : 0;
}
