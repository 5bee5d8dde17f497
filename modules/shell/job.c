/*
 * Jobs: the threads that run lines. A job is on its session's list from its start until the thread
 * that takes it off joins its thread and frees it, so each is joined exactly once; or the session's
 * thread takes it off and keeps it.
 */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/thread.h>

#include "lineedit.h"
#include "session.h"

#define WIPED 128 /* words */

int session_fail(struct session *session, const char *subject, int error, const char *reason)
{
	struct stream errors;

	stream_to_terminal(&errors, session->terminal);
	return shell_fail(&errors, subject, error, reason);
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

/* What commands have left on the stack is not to keep their modules while the thread waits: a look
 * at its stack would take it for return addresses. */
static __noinline void wipe_stack(void)
{
	uint64_t words[WIPED];

	memset(words, 0, sizeof(words));
	asm volatile("" : : "r"(words) : "memory");
}

static void finish(struct job *job)
{
	struct session *session = job->session;

	stream_flush(&job->terminal_stream);
	mutex_lock(&session->lock);
	job->done = true;
	mutex_unlock(&session->lock);
	wait_queue_wake(&session->done);
	terminal_interrupt(session->terminal);
}

static int job_run(void *argument)
{
	struct job *job = argument;
	struct session *session = job->session;

	while (!session_has_done_job(session, job)) {
		run_own(job);
		wipe_stack();
		finish(job);
		wait_event(&session->done,
			   !session_has_done_job(session, job) || thread_should_stop());
	}
	return 0;
}

static struct job *job_alloc(struct session *session, size_t room)
{
	struct job *job = heap_alloc_zeroed(sizeof(*job) + room);

	if (!job)
		return NULL;
	job->session = session;
	job->room = room;
	return job;
}

static void job_set(struct job *job, struct line *line, uint16_t item, int status)
{
	memset(&job->line, 0, offsetof(struct job, storage) - offsetof(struct job, line));
	job->line = line;
	job->item = item;
	job->status = status;
	job->cpu = THREAD_ANY_CPU;
	job->cancel = &job->own_cancel;
	stream_to_terminal(&job->terminal_stream, job->session->terminal);
}

struct job *job_create(struct session *session, struct line *line, uint16_t item, int status)
{
	struct job *job = job_alloc(session, line->storage);

	if (job)
		job_set(job, line, item, status);
	return job;
}

/* The job, with a use of the line; NULL, and it is freed: no thread for it. */
static struct job *job_launch(struct job *job)
{
	struct session *session = job->session;
	bool started;

	__atomic_add_fetch(&job->line->users, 1, __ATOMIC_RELAXED);
	/* The lock is held until the thread is known, since the job may be done before that. */
	mutex_lock(&session->lock);
	job->done = false;
	if (!job->thread)
		job->thread =
		    thread_create(job_run, job, "job/%s", terminal_name(session->terminal));
	started = job->thread != NULL;
	if (started)
		list_add_last(&session->jobs, &job->node);
	mutex_unlock(&session->lock);
	wait_queue_wake(&session->done); /* a kept one */
	if (started)
		return job; /* which may be over, and gone */
	line_put(job->line);
	heap_free(job);
	return NULL;
}

/* The kept one, if the line fits; it is the caller's then. */
static struct job *take_kept(struct session *session, const struct line *line)
{
	struct job *job = session->kept;

	if (!job || job->room < line->storage)
		return NULL;
	session->kept = NULL;
	return job;
}

struct job *job_start(struct session *session, struct line *line)
{
	struct job *job = take_kept(session, line);

	if (!job)
		job = job_alloc(session, max(line->storage, line_storage(LINE_LENGTH_MAX)));
	if (!job)
		return NULL;
	job_set(job, line, line->words.first, session->status);
	job->foreground = true;
	return job_launch(job);
}

bool job_start_alone(struct job *job, uint16_t item)
{
	struct job *started = job_create(job->session, job->line, item, job->status);

	if (!started)
		return false;
	started->alone = true;
	return job_launch(started) != NULL;
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
	terminal_interrupt(job->session->terminal); /* a command that asks for a key */
	return READ_ONCE(job->cancel->asked);
}

/* The job is off the list already: this thread is the one that joins it. */
static void job_join(struct job *job)
{
	thread_stop(job->thread);
	line_put(job->line);
	heap_free(job);
}

static void take_off(struct job *job)
{
	mutex_lock(&job->session->lock);
	list_remove(&job->node);
	mutex_unlock(&job->session->lock);
}

void job_reap(struct job *job)
{
	take_off(job);
	job_join(job);
}

void job_keep(struct job *job)
{
	struct session *session = job->session;

	take_off(job);
	if (session->kept) {
		job_join(job);
		return;
	}
	line_put(job->line);
	session->kept = job;
}

void job_leave(struct job *job)
{
	mutex_lock(&job->session->lock);
	job->foreground = false;
	mutex_unlock(&job->session->lock);
}

/* Takes one job in the background that is done off the list; NULL: none. */
static struct job *take_done(struct session *session)
{
	struct job *job, *taken = NULL;

	mutex_lock(&session->lock);
	list_for_each(job, &session->jobs, node) {
		if (job->done && !job->stage && !job->foreground) {
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
	if (session->kept)
		thread_stop(session->kept->thread);
	heap_free(session->kept);
	heap_free(session->kept_line);
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
		   (cancelled = command_cancelled(call)) || others_done(job->session));
	session_reap(job->session);
	count_wait(job, -1);
	return cancelled ? -EINTR : 0;
}
