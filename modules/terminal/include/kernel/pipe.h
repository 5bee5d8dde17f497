#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <kernel/mutex.h>

/*
 * A pipe: the output of one command is the input of another. Each end has one thread. What is
 * written waits in the pipe until it is read; a write waits for room, a read for bytes. The memory
 * is the caller's, and stays until both ends are closed. Context: thread.
 */
struct pipe {
	struct mutex lock;
	struct wait_queue changed;  /* woken when any of the rest changes */
	bool writes_end, reads_end; /* [L] that end is closed */
	size_t first, used;	    /* [L] of the bytes, as a ring */
	char bytes[2048];
};

void pipe_init(struct pipe *pipe);
/* All of the bytes: 0, or -EPIPE when the reader is gone, -EINTR when this thread is to stop. */
int pipe_write(struct pipe *pipe, const char *bytes, size_t size);
/* At least one byte: how many; 0 at the end; -EINTR when this thread is to stop. */
long pipe_read(struct pipe *pipe, char *bytes, size_t size);
void pipe_close_writes(struct pipe *pipe);
void pipe_close_reads(struct pipe *pipe); /* what is in it is lost */
