/*
 * The stages of a pipe. A stage is ended by the job that runs the pipe, after its last item: it
 * closes the reading end, so that a stage that still writes ends with EPIPE, and joins the thread.
 * The writing end is closed by the stage's own thread, and so is the reading end of the stage in
 * front.
 */
#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/thread.h>

#include "session.h"

struct stage *stage_start(struct job *job, uint16_t item, struct command_input *from,
			  struct stage *before)
{
	struct stage *stage = heap_alloc_zeroed(sizeof(*stage));

	if (!stage)
		return NULL;
	pipe_init(&stage->pipe);
	stream_to_pipe(&stage->out, &stage->pipe);
	stage->in.pipe = &stage->pipe;
	stage->from = from;
	stage->before = before;
	stage->job = job_start_stage(job, item, stage);
	if (stage->job)
		return stage;
	heap_free(stage);
	return NULL;
}

/* What runs in front may do more than write: it ends by itself, unless the pipe's job is to stop.
 */
static void await_stage(struct stage *stage)
{
	struct session *session = stage->job->session;

	wait_event(&session->done,
		   session_has_done_job(session, stage->job) || thread_should_stop());
	job_reap(stage->job);
}

void stages_end(struct stage *last)
{
	while (last) {
		struct stage *before = last->before;

		pipe_close_reads(&last->pipe);
		await_stage(last);
		heap_free(last);
		last = before;
	}
}
