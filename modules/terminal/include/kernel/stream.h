#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

struct pipe;
struct sink_file;
struct terminal;

/*
 * Where a command's output goes: a terminal, a path (<kernel/sink.h>), or another command
 * (<kernel/pipe.h>). Output to a terminal
 * leaves in whole lines; stream_flush sends what is left. One writer at a time. Context: thread.
 */
struct stream {
	struct terminal *terminal; /* one of these three is set, or none: discarded */
	struct sink_file *sink;
	struct pipe *pipe;
	uint64_t offset;
	size_t used;
	int error; /* the first error of a write; -EPIPE: no command reads it any more */
	char line[256];
};

void stream_to_terminal(struct stream *stream, struct terminal *terminal);
/* The caller opens @sink before and closes it after the last flush; bytes go there from @offset on.
 */
void stream_to_sink(struct stream *stream, struct sink_file *sink, uint64_t offset);
void stream_to_pipe(struct stream *stream, struct pipe *pipe);
/* Where it leads, and to lead there again with nothing in its buffer: for a stream that is handed
 * to code which may write over it. */
struct stream_goal {
	struct terminal *terminal;
	struct sink_file *sink;
	struct pipe *pipe;
};
struct stream_goal stream_goal(const struct stream *stream);
void stream_restart(struct stream *stream, const struct stream_goal *goal);
/* Has that code written over it? */
bool stream_is_spoilt(const struct stream *stream, const struct stream_goal *goal);
void stream_write(struct stream *stream, const char *text, size_t length);
void stream_print(struct stream *stream, const char *format, ...) __printf(2, 3);
void stream_print_escaped(struct stream *stream, const char *text, size_t length);
int stream_flush(struct stream *stream); /* returns the stream's error */
