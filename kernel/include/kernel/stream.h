#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

struct file;
struct terminal;

/*
 * Where a command's output goes: a terminal, a file, or a buffer. Output to a terminal leaves in
 * whole lines; stream_flush sends what is left. One writer at a time. Context: thread.
 */
struct stream {
	struct terminal *terminal; /* one of terminal and file is set, or neither: discarded */
	struct file *file;
	uint64_t offset;
	size_t used;
	int error; /* the first error of a write to the file */
	char line[256];
};

void stream_to_terminal(struct stream *stream, struct terminal *terminal);
void stream_to_file(struct stream *stream, struct file *file);
void stream_write(struct stream *stream, const char *text, size_t length);
void stream_print(struct stream *stream, const char *format, ...) __printf(2, 3);
void stream_print_escaped(struct stream *stream, const char *text, size_t length);
int stream_flush(struct stream *stream); /* returns the stream's error */
