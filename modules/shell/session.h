#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/list.h>
#include "words.h"

#include <kernel/command.h>
#include <kernel/mutex.h>
#include <kernel/pipe.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>
#include <kernel/wait.h>

/*
 * A session is one user at one terminal; a line is what was typed, parsed; a job is a thread that
 * runs a line, or one item of it in the background. The session's thread only reads keys, so that
 * Ctrl-C works whatever the job does: the prompt comes back and the job goes on in the background.
 *
 * A session keeps a line and a job that are over for the next one: a typed line makes no thread and
 * needs no memory, but for its pipes and what it leaves to the background.
 */
#define PROMPT "tenon> "
#define LINE_WORDS 255
#define LINE_NODES 127

struct line_edit;
struct line_history;

struct session {
	struct terminal *terminal;    /* [I] */
	struct thread *thread;	      /* [I] */
	bool reads_rc;		      /* [I] runs the lines that the host hands over, first */
	struct line_edit *edit;	      /* the session thread's */
	struct line_history *history; /* [L]; the session thread alone adds to it */
	struct mutex lock;
	struct list_node jobs;	/* [L] all, the one in the foreground too; not the kept one */
	struct job *kept;	/* the session thread's: waits for a line; NULL: none */
	struct line *kept_line; /* [L] NULL: none, or it is in use */
	struct wait_queue done; /* woken when a job is done */
	int status;		/* [L] of the last command of a line in the foreground */
};

/* A parsed line, shared by the jobs that run parts of it. */
struct line {
	struct session *session; /* [I] */
	size_t room;		 /* [I] bytes of text */
	uint32_t users;		 /* [A] */
	struct words_line words;
	struct words_node nodes[LINE_NODES];
	struct words_word word[LINE_WORDS];
	size_t storage; /* bytes that the expanded words of one command take at most */
	char text[];
};

/* What an item reads (NULL: nothing) and where its output goes. */
struct ends {
	struct command_input *in;
	struct stream *out;
};

/* One `|`: the thread that runs what stands in front of it, and the pipe. */
struct stage {
	struct stage *before;	    /* [I] the `|` in front of it, or NULL */
	struct command_input *from; /* [I] what its item reads */
	struct stream out;	    /* its thread's; into the pipe */
	struct pipe pipe;
	struct command_input in; /* the next one's; out of the pipe */
	struct job *job;	 /* [I] */
};

struct job {
	struct list_node node;	 /* [L] of the session */
	struct session *session; /* [I] */
	struct thread *thread;	 /* [I] NULL: a script's line, on its job's thread */
	size_t room;		 /* [I] bytes of storage */
	bool done;		 /* [L] nothing of the line runs any more */
	bool foreground;	 /* [L] the session's thread alone takes it off */
	/* The rest is of one line. */
	struct line *line;
	uint16_t item;	     /* where it begins */
	bool alone;	     /* that item only, in the background */
	struct stage *stage; /* [I] it is one item of a pipe: the job that runs the pipe joins it */
	struct job *starter; /* [I] of a stage: the job that runs the pipe, which outlives it */
	unsigned waits;	     /* [L] how many `wait` run in it and its stages: none awaits it */
	int status;	     /* of its last command, for $? */
	int cpu;	     /* it is bound to, or THREAD_ANY_CPU */
	unsigned scripts;    /* how many run each other now */
	struct command_cancel own_cancel;
	struct command_cancel *cancel; /* [I] its own; of a stage or a script that of its job */
	struct stream terminal_stream;
	char *argv[LINE_WORDS + 1];
	char storage[]; /* the words of the command that runs */
};

extern struct session sessions[TERMINALS]; /* by enum terminal_id */

int session_run(void *session); /* the session thread */

/* Prints what went wrong outside of any job, like shell_fail. */
int session_fail(struct session *session, const char *subject, int error, const char *reason);

/* Parses @length bytes into a fresh line with one user. -EINVAL, -E2BIG, -ENOMEM, all printed. */
int line_create(struct session *session, const char *text, size_t length, struct line **line);
void line_put(struct line *line);
/* How many bytes the expanded words of one command in a line of @length bytes take at most. */
size_t line_storage(size_t length);

/* A job without a thread for the line from @item on, to be freed with heap_free. NULL: no memory.
 */
struct job *job_create(struct session *session, struct line *line, uint16_t item, int status);
/* Starts a job for a whole line in the foreground; it takes a use of the line. NULL: no memory.
 * Context: the session's thread. */
struct job *job_start(struct session *session, struct line *line);
/* The same for a list in the background, from @item of @job's line on. False: no memory. */
bool job_start_alone(struct job *job, uint16_t item);
/* The same for one item of a pipe of @job, from which job_reap alone takes it off the session. */
struct job *job_start_stage(struct job *job, uint16_t item, struct stage *stage);
/* Ctrl-C: asks it to end; true when the command that runs looks at that. */
bool job_cancel(struct job *job);
/* Takes a job off the session, joins its thread and frees it. */
void job_reap(struct job *job);
/* Of a job in the foreground: takes it off when it is done, and keeps it for the next line; or
 * leaves it to the background. Context: the session's thread. */
void job_keep(struct job *job);
void job_leave(struct job *job);
/* Reaps those in the background that are done. */
void session_reap(struct session *session);
/* Joins all jobs, and frees what is kept; no other is started. */
void session_join_all(struct session *session);
/* Waits for all jobs of the session but this one, those that run its pipe and those that wait
 * themselves; from a job. -EINTR: Ctrl-C. */
int session_wait_for_jobs(struct command_call *call);
/* The job that this thread runs; NULL: it runs none. */
struct job *job_current(void);
/* What Ctrl-C wakes, beside other things, of a command that then asks command_cancelled; NULL: this
 * thread runs no job. */
struct wait_queue *job_cancel_queue(void);
/* The @index-th line of the history, oldest first, copied into LINE_LENGTH_MAX + 1 bytes; false
 * past the last. */
bool session_history_line(struct session *session, size_t index, char *text);
bool session_has_done_job(struct session *session, const struct job *job);

/* Runs the items from @item on (one only if @alone); the status of the first that failed. */
int run_items(struct job *job, uint16_t item, bool alone, const struct ends *ends);
/* Runs the item of a job that is a stage. */
void run_stage(struct job *job);

/* stage.c: starts @item of @job's line in a thread of its own, reading @from and writing into a new
 * pipe behind @before. NULL: no memory. */
struct stage *stage_start(struct job *job, uint16_t item, struct command_input *from,
			  struct stage *before);
/* Closes what they write to, waits for their threads and frees them, from @last on to the first. */
void stages_end(struct stage *last);

/* Prints `shell: SUBJECT: REASON (ERRNO)` and returns @error. */
int shell_fail(struct stream *errors, const char *subject, int error, const char *reason);

/* Completes the word before the cursor, or lists what it may become above the line. Ctrl-C ends
 * that, and the line. */
void complete_word(struct terminal *terminal, struct line_edit *edit);
