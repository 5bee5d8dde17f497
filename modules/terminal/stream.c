/*
 * Streams: a command's output on its way to a terminal or a path. What goes to a terminal is
 * gathered into whole lines, which the terminal keeps whole; what goes to a path is gathered into
 * pieces of the buffer's size.
 */
#include <kernel/stream.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>
#include <kernel/pipe.h>
#include <kernel/sink.h>
#include <kernel/terminal.h>

#include "terminal_internal.h"

void stream_to_terminal(struct stream *stream, struct terminal *terminal)
{
	*stream = (struct stream){.terminal = terminal};
}
EXPORT_SYMBOL(stream_to_terminal);

void stream_to_sink(struct stream *stream, struct sink_file *sink, uint64_t offset)
{
	*stream = (struct stream){.sink = sink, .offset = offset};
}
EXPORT_SYMBOL(stream_to_sink);

void stream_to_pipe(struct stream *stream, struct pipe *pipe)
{
	*stream = (struct stream){.pipe = pipe};
}
EXPORT_SYMBOL(stream_to_pipe);

static void send_to_sink(struct stream *stream, size_t length)
{
	if (stream->error)
		return;
	stream->error = sink_write(stream->sink, stream->line, length, stream->offset);
	stream->offset += length;
}

/* The first @length bytes of the buffer leave it; @more: in the middle of a line. */
static void send(struct stream *stream, size_t length, bool more)
{
	if (stream->terminal)
		terminal_write_part(stream->terminal, stream->line, length, more);
	else if (stream->sink)
		send_to_sink(stream, length);
	else if (stream->pipe && !stream->error)
		stream->error = pipe_write(stream->pipe, stream->line, length);
	stream->used -= length;
	memmove(stream->line, stream->line + length, stream->used);
}

/* What leaves a full buffer: whole lines or, of a longer line, all but its last character, which
 * may not be whole; everything where lines do not matter. */
static size_t sendable(const struct stream *stream)
{
	size_t length = stream->used;

	while (stream->terminal && length > 0 && stream->line[length - 1] != '\n')
		length--;
	if (length > 0)
		return length;
	length = stream->used - 1;
	while (length > 0 && (stream->line[length] & 0xc0) == 0x80)
		length--;
	return length > 0 ? length : stream->used;
}

struct stream_goal stream_goal(const struct stream *stream)
{
	return (struct stream_goal){stream->terminal, stream->sink, stream->pipe};
}
EXPORT_SYMBOL(stream_goal);

bool stream_is_spoilt(const struct stream *stream, const struct stream_goal *goal)
{
	return stream->terminal != goal->terminal || stream->sink != goal->sink ||
	       stream->pipe != goal->pipe || stream->used > sizeof(stream->line);
}
EXPORT_SYMBOL(stream_is_spoilt);

void stream_restart(struct stream *stream, const struct stream_goal *goal)
{
	stream->terminal = goal->terminal;
	stream->sink = goal->sink;
	stream->pipe = goal->pipe;
	stream->used = 0;
}
EXPORT_SYMBOL(stream_restart);

void stream_write(struct stream *stream, const char *text, size_t length)
{
	while (length > 0) {
		size_t part = min(length, sizeof(stream->line) - stream->used);

		memcpy(stream->line + stream->used, text, part);
		stream->used += part;
		text += part;
		length -= part;
		if (stream->used == sizeof(stream->line)) {
			part = sendable(stream);
			send(stream, part, stream->line[part - 1] != '\n');
		}
	}
	if (stream->terminal && memchr(stream->line, '\n', stream->used))
		send(stream, sendable(stream), false);
}
EXPORT_SYMBOL(stream_write);

struct stream_sink {
	struct format_sink sink;
	struct stream *stream;
};

static void put_to_stream(struct format_sink *sink, const char *text, size_t length)
{
	stream_write(container_of(sink, struct stream_sink, sink)->stream, text, length);
}

void stream_print_v(struct stream *stream, const char *format, va_list arguments)
{
	struct stream_sink sink = {{put_to_stream}, stream};

	format_to(&sink.sink, format, arguments);
}

void stream_print(struct stream *stream, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	stream_print_v(stream, format, arguments);
	va_end(arguments);
}
EXPORT_SYMBOL(stream_print);

void stream_print_escaped(struct stream *stream, const char *text, size_t length)
{
	while (length > 0) {
		char escaped[ESCAPE_MAX];
		size_t written, taken = escape_step(text, length, escaped, &written);

		stream_write(stream, escaped, written);
		text += taken;
		length -= taken;
	}
}
EXPORT_SYMBOL(stream_print_escaped);

void stream_begin_line(struct stream *stream)
{
	if (stream->terminal && stream->used == 0)
		terminal_begin_line(stream->terminal);
}

int stream_flush(struct stream *stream)
{
	if (stream->used > 0)
		send(stream, stream->used, false);
	return stream->error;
}
EXPORT_SYMBOL(stream_flush);
