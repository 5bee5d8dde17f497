/*
 * Pipes. Bytes stand in a ring; the queue is woken at every change, since each end has one thread.
 */
#include <kernel/pipe.h>

#include <string.h>

#include <kernel/module.h>
#include <kernel/thread.h>

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

int pipe_write(struct pipe *pipe, const char *bytes, size_t size)
{
	while (size > 0) {
		size_t taken = 0;
		bool closed;

		wait_event(&pipe->changed, can_write(pipe));
		mutex_lock(&pipe->lock);
		closed = pipe->reads_end;
		if (!closed)
			taken = put(pipe, bytes, size);
		mutex_unlock(&pipe->lock);
		if (closed)
			return -EPIPE;
		if (taken == 0)
			return -EINTR;
		wait_queue_wake(&pipe->changed);
		bytes += taken;
		size -= taken;
	}
	return 0;
}
EXPORT_SYMBOL(pipe_write);

long pipe_read(struct pipe *pipe, char *bytes, size_t size)
{
	size_t taken;
	bool over;

	wait_event(&pipe->changed, can_read(pipe));
	mutex_lock(&pipe->lock);
	taken = get(pipe, bytes, size);
	over = pipe->writes_end;
	mutex_unlock(&pipe->lock);
	if (taken == 0)
		return over || size == 0 ? 0 : -EINTR;
	wait_queue_wake(&pipe->changed);
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
