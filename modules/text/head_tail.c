/* head and tail: the first, or the last, lines of each file. */
#include <string.h>

#include <lib/parse.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "text.h"

#define LINES_DEFAULT 10u
#define LINES_MOST 10000u

/* `-n N`, or `-N`; the index of the first file, or -EINVAL. */
static int take_count(struct command_call *call, uint64_t *count)
{
	const char *number;
	int first = 2;

	*count = LINES_DEFAULT;
	if (call->argc < 2 || call->argv[1][0] != '-')
		return 1;
	number = call->argv[1] + 1;
	if (strcmp(number, "n") == 0 && call->argc > 2) {
		number = call->argv[2];
		first = 3;
	}
	return parse_integer(number, strlen(number), 0, LINES_MOST, count) ? -EINVAL : first;
}

static void put_line(struct command_call *call, const char *line, size_t length)
{
	stream_write(call->out, line, length);
	stream_write(call->out, "\n", 1);
}

static void put_heading(struct text_input *input)
{
	command_print(input->call, "==> %s <==\n", input->name);
}

int head_run(struct command_call *call)
{
	uint64_t count;
	int first = take_count(call, &count);
	struct text_input *input;
	size_t length;
	bool many;

	if (first < 0)
		return text_usage(call);
	input = input_open(call, first);
	if (!input)
		return -ENODATA;
	many = input_names_many(input);
	while (input_next(input)) {
		if (many)
			put_heading(input);
		for (uint64_t i = 0; i < count && input_line(input, &length); i++)
			put_line(call, input->line, length);
	}
	return input_close(input);
}

/* The last lines, as a ring of texts in the heap. */
struct kept {
	char **lines;
	size_t limit, first, used;
};

static bool keep(struct kept *kept, const char *line)
{
	char *copy = heap_alloc(strlen(line) + 1);
	size_t at = (kept->first + kept->used) % kept->limit;

	if (!copy)
		return false;
	memcpy(copy, line, strlen(line) + 1);
	if (kept->used == kept->limit) {
		heap_free(kept->lines[at]);
		kept->first = (kept->first + 1) % kept->limit;
	} else {
		kept->used++;
	}
	kept->lines[at] = copy;
	return true;
}

static void put_kept(struct command_call *call, struct kept *kept)
{
	for (; kept->used > 0; kept->used--) {
		char *line = kept->lines[kept->first];

		put_line(call, line, strlen(line));
		heap_free(line);
		kept->first = (kept->first + 1) % kept->limit;
	}
}

static int tail_files(struct command_call *call, struct text_input *input, struct kept *kept)
{
	bool many = input_names_many(input);
	size_t length;
	int error = 0;

	while (!error && input_next(input)) {
		while (!error && input_line(input, &length))
			error = keep(kept, input->line) ? 0 : -ENOMEM;
		if (many)
			put_heading(input);
		put_kept(call, kept);
	}
	return error ? command_fail(call, call->argv[0], error, "no memory for the lines") : 0;
}

int tail_run(struct command_call *call)
{
	uint64_t count;
	int first = take_count(call, &count), error, told;
	struct kept kept = {.limit = 1};
	struct text_input *input;

	if (first < 0 || count == 0)
		return text_usage(call);
	kept.limit = (size_t)count;
	kept.lines = heap_alloc(kept.limit * sizeof(*kept.lines));
	if (!kept.lines)
		return command_fail(call, call->argv[0], -ENOMEM, "no memory for the lines");
	input = input_open(call, first);
	if (!input) {
		heap_free(kept.lines);
		return -ENODATA;
	}
	error = tail_files(call, input, &kept);
	told = input_close(input);
	heap_free(kept.lines);
	return error ? error : told;
}
