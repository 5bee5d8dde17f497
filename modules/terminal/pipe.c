/*
 * Pipes. Bytes stand in a ring; the queue is woken at every change, since each end has one thread.
 * A caller's buffer is read and written without the lock, so that a bad one is the caller's fault
 * alone.
 */
#include <kernel/pipe.h>

#include <string.h>

#include <kernel/module.h>
#include <kernel/thread.h>

#define PIECE 256u /* bytes that are copied at a time */

void pipe_init(struct pipe *pipe)
{
	memset(pipe, 0, sizeof(*pipe));
	mutex_init(&pipe->lock, "pipe");
	wait_queue_init(&pipe->changed);
}
EXPORT_SYMBOL(pipe_init);

/* Of the ring from @at on: how many bytes lie in one piece. */
static size_t piece(const struct pipe *pipe, size_t at, size_t wanted)
{
	return min(wanted, sizeof(pipe->bytes) - at);
}

static size_t put(struct pipe *pipe, const char *bytes, size_t size)
{
	size_t at = (pipe->first + pipe->used) % sizeof(pipe->bytes);
	size_t taken = piece(pipe, at, min(size, sizeof(pipe->bytes) - pipe->used));

	memcpy(pipe->bytes + at, bytes, taken);
	pipe->used += taken;
	return taken;
}

static size_t get(struct pipe *pipe, char *bytes, size_t size)
{
	size_t taken = piece(pipe, pipe->first, min(size, pipe->used));

	memcpy(bytes, pipe->bytes + pipe->first, taken);
	pipe->first = (pipe->first + taken) % sizeof(pipe->bytes);
	pipe->used -= taken;
	return taken;
}

static bool can_write(const struct pipe *pipe)
{
	return READ_ONCE(pipe->reads_end) || READ_ONCE(pipe->used) < sizeof(pipe->bytes) ||
	       thread_should_stop();
}

static bool can_read(const struct pipe *pipe)
{
	return READ_ONCE(pipe->writes_end) || READ_ONCE(pipe->used) > 0 || thread_should_stop();
}

/* Some of the bytes, at least one: how many; 0: the thread is to stop. */
static long write_piece(struct pipe *pipe, const char *bytes, size_t size)
{
	char piece[PIECE];
	size_t taken = min(size, sizeof(piece));
	bool closed;

	memcpy(piece, bytes, taken);
	wait_event(&pipe->changed, can_write(pipe));
	mutex_lock(&pipe->lock);
	closed = pipe->reads_end;
	taken = closed ? 0 : put(pipe, piece, taken);
	mutex_unlock(&pipe->lock);
	if (taken > 0)
		wait_queue_wake(&pipe->changed);
	return closed ? -EPIPE : (long)taken;
}

int pipe_write(struct pipe *pipe, const char *bytes, size_t size)
{
	while (size > 0) {
		long taken = write_piece(pipe, bytes, size);

		if (taken <= 0)
			return taken < 0 ? (int)taken : -EINTR;
		bytes += taken;
		size -= (size_t)taken;
	}
	return 0;
}
EXPORT_SYMBOL(pipe_write);

long pipe_read(struct pipe *pipe, char *bytes, size_t size)
{
	char piece[PIECE];
	size_t taken;
	bool over;

	wait_event(&pipe->changed, can_read(pipe));
	mutex_lock(&pipe->lock);
	taken = get(pipe, piece, min(size, sizeof(piece)));
	over = pipe->writes_end;
	mutex_unlock(&pipe->lock);
	if (taken == 0)
		return over || size == 0 ? 0 : -EINTR;
	wait_queue_wake(&pipe->changed);
	memcpy(bytes, piece, taken);
	return (long)taken;
}
EXPORT_SYMBOL(pipe_read);

static void close_end(struct pipe *pipe, bool *end)
{
	mutex_lock(&pipe->lock);
	*end = true;
	mutex_unlock(&pipe->lock);
	wait_queue_wake(&pipe->changed);
}

void pipe_close_writes(struct pipe *pipe)
{
	close_end(pipe, &pipe->writes_end);
}
EXPORT_SYMBOL(pipe_close_writes);

void pipe_close_reads(struct pipe *pipe)
{
	close_end(pipe, &pipe->reads_end);
}
EXPORT_SYMBOL(pipe_close_reads);
