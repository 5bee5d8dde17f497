/* hexdump: bytes as numbers and as characters, sixteen a line. */
#include <string.h>

#include <kernel/module.h>
#include <kernel/stream.h>

#include "text.h"

#define ROW 16u

static void put_row(struct command_call *call, uint64_t offset, const unsigned char *bytes,
		    size_t size)
{
	command_print(call, "%08llx ", (unsigned long long)offset);
	for (size_t i = 0; i < ROW; i++) {
		if (i % 8 == 0)
			command_print(call, " ");
		if (i < size)
			command_print(call, "%02x ", bytes[i]);
		else
			command_print(call, "   ");
	}
	command_print(call, " |");
	for (size_t i = 0; i < size; i++)
		command_print(call, "%c", bytes[i] >= ' ' && bytes[i] <= '~' ? bytes[i] : '.');
	command_print(call, "|\n");
}

/* Rows are whole though the reads are not. */
static void dump_file(struct text_input *input)
{
	unsigned char row[ROW];
	uint64_t offset = 0;
	size_t used = 0;
	long got;

	while ((got = input_read(input, row + used, ROW - used)) > 0) {
		used += (size_t)got;
		if (used < ROW)
			continue;
		put_row(input->call, offset, row, ROW);
		offset += ROW;
		used = 0;
	}
	if (used > 0)
		put_row(input->call, offset, row, used);
	command_print(input->call, "%08llx\n", (unsigned long long)(offset + used));
}

int hexdump_run(struct command_call *call)
{
	struct text_input *input;

	if (call->argc > 1 && call->argv[1][0] == '-')
		return text_usage(call);
	input = input_open(call, 1);
	if (!input)
		return -ENODATA;
	while (input_next(input))
		dump_file(input);
	return input_close(input);
}
