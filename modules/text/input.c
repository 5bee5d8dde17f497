/*
 * Reading files, or what a command was given, by bytes or by lines.
 */
#include <string.h>

#include <lib/errno.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "text.h"

struct text_input *input_open(struct command_call *call, int first)
{
	struct text_input *input;

	if (first >= call->argc && !call->in) {
		command_fail(call, call->argv[0], -ENODATA,
			     "nothing to read: name a FILE, or put a command and | in front");
		return NULL;
	}
	input = heap_alloc_zeroed(sizeof(*input));
	if (!input) {
		command_fail(call, call->argv[0], -ENOMEM, "%s", errno_text(-ENOMEM));
		return NULL;
	}
	input->call = call;
	input->next = first;
	input->end = call->argc;
	input->given = first >= call->argc;
	return input;
}

static int fail(struct text_input *input, int error)
{
	if (!input->error)
		input->error = command_fail(input->call, input->given ? "input" : input->name,
					    error, "%s", errno_text(error));
	return error;
}

bool input_names_many(const struct text_input *input)
{
	return input->end - input->next > 1;
}

static void close_file(struct text_input *input)
{
	if (input->file)
		file_close(input->file);
	input->file = NULL;
}

bool input_next(struct text_input *input)
{
	bool first = !input->name;
	int error;

	close_file(input);
	input->first = 0;
	input->used = 0;
	input->offset = 0;
	input->name = "";
	if (input->given)
		return first;
	while (input->next < input->end) {
		input->name = input->call->argv[input->next++];
		error = file_open(input->name, FILE_READ, &input->file);
		if (!error)
			return true;
		fail(input, error);
	}
	return false;
}

/* What reads the output has gone, or this thread is to end: there is no use in going on. */
static bool is_over(struct text_input *input)
{
	if (command_cancelled(input->call)) {
		input->error = -EINTR;
		input->call->told = true;
	}
	return input->call->out->error || input->error == -EINTR;
}

long input_read(struct text_input *input, void *bytes, size_t size)
{
	long got;

	if (is_over(input))
		return 0;
	if (input->given)
		got = command_read(input->call, bytes, size);
	else
		got = file_read(input->file, bytes, size, input->offset);
	if (got < 0)
		return fail(input, (int)got);
	got = (long)min((size_t)got, size);
	input->offset += (uint64_t)got;
	return got;
}

static bool fill(struct text_input *input)
{
	long got = input_read(input, input->buffer, sizeof(input->buffer));

	input->first = 0;
	input->used = got > 0 ? (size_t)got : 0;
	return input->used > 0;
}

bool input_line(struct text_input *input, size_t *length)
{
	size_t used = 0;
	bool any = false;

	while (used < LINE_LIMIT) {
		char byte;

		if (input->used == 0 && !fill(input))
			break;
		byte = input->buffer[input->first++];
		input->used--;
		any = true;
		if (byte == '\n')
			break;
		input->line[used++] = byte;
	}
	input->line[used] = '\0';
	*length = used;
	return any;
}

int input_close(struct text_input *input)
{
	int error = input->error;

	close_file(input);
	heap_free(input);
	return error;
}
