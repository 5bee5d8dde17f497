/* sort: all lines of all files, by their bytes. A heap sort, whose time no input can spoil. */
#include <string.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/stream.h>

#include "text.h"

#define BYTES_MOST (4u << 20)

struct lines {
	char **line;
	size_t count, room, bytes;
	bool numbers, reverse;
};

static int64_t number_of(const char *line)
{
	int64_t value = 0;
	bool negative;

	line += strspn(line, " \t");
	negative = *line == '-';
	for (line += negative ? 1 : 0; *line >= '0' && *line <= '9' && value < INT64_MAX / 20;
	     line++)
		value = value * 10 + (*line - '0');
	return negative ? -value : value;
}

static int compare(const struct lines *lines, const char *a, const char *b)
{
	int order = 0;

	if (lines->numbers && number_of(a) != number_of(b))
		order = number_of(a) < number_of(b) ? -1 : 1;
	if (order == 0)
		order = strcmp(a, b);
	return lines->reverse ? -order : order;
}

static void sink_down(const struct lines *lines, size_t at, size_t count)
{
	char **line = lines->line, *moved = line[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && compare(lines, line[child], line[child + 1]) < 0)
			child++;
		if (compare(lines, moved, line[child]) >= 0)
			break;
		line[at] = line[child];
	}
	line[at] = moved;
}

static void sort(const struct lines *lines)
{
	for (size_t i = lines->count / 2; i-- > 0;)
		sink_down(lines, i, lines->count);
	for (size_t left = lines->count; left > 1;) {
		char *largest = lines->line[0];

		lines->line[0] = lines->line[--left];
		lines->line[left] = largest;
		sink_down(lines, 0, left);
	}
}

static int grow(struct lines *lines)
{
	size_t room = lines->room ? 2 * lines->room : 64;
	char **line;

	if (lines->count < lines->room)
		return 0;
	line = heap_alloc(room * sizeof(*line));
	if (!line)
		return -ENOMEM;
	if (lines->count > 0)
		memcpy(line, lines->line, lines->count * sizeof(*line));
	heap_free(lines->line);
	lines->line = line;
	lines->room = room;
	return 0;
}

static int add(struct lines *lines, const char *text, size_t length)
{
	int error = lines->bytes + length > BYTES_MOST ? -E2BIG : grow(lines);
	char *copy = error ? NULL : heap_alloc(length + 1);

	if (error || !copy)
		return error ? error : -ENOMEM;
	memcpy(copy, text, length + 1);
	lines->line[lines->count++] = copy;
	lines->bytes += length;
	return 0;
}

static int read_all(struct lines *lines, struct text_input *input)
{
	size_t length;
	int error = 0;

	while (!error && input_next(input))
		while (!error && input_line(input, &length))
			error = add(lines, input->line, length);
	return error;
}

static void put_all(struct command_call *call, struct lines *lines, bool once)
{
	for (size_t i = 0; i < lines->count; i++) {
		const char *line = lines->line[i];

		if (once && i > 0 && strcmp(line, lines->line[i - 1]) == 0)
			continue;
		stream_write(call->out, line, strlen(line));
		stream_write(call->out, "\n", 1);
	}
}

int sort_run(struct command_call *call)
{
	bool chosen = call->argc > 1 && call->argv[1][0] == '-';
	const char *letters = chosen ? call->argv[1] + 1 : "";
	struct lines lines = {
	    .numbers = strchr(letters, 'n') != NULL,
	    .reverse = strchr(letters, 'r') != NULL,
	};
	struct text_input *input;
	int error, told;

	if (letters[strspn(letters, "nru")] || (chosen && !letters[0]))
		return text_usage(call);
	input = input_open(call, chosen ? 2 : 1);
	if (!input)
		return -ENODATA;
	error = read_all(&lines, input);
	told = input_close(input);
	if (error) {
		command_fail(call, call->argv[0], error, "more lines than there is room for");
	} else if (told != -EINTR) {
		sort(&lines);
		put_all(call, &lines, strchr(letters, 'u') != NULL);
	}
	while (lines.count > 0)
		heap_free(lines.line[--lines.count]);
	heap_free(lines.line);
	return error ? error : told;
}
