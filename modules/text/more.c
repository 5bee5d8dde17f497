/*
 * more: text by the page. The keys come from the terminal that the command prints to, whose session
 * takes nothing but Ctrl-C meanwhile. Where the output goes elsewhere the text goes through.
 */
#include <string.h>

#include <lib/parse.h>

#include <kernel/module.h>
#include <kernel/stream.h>
#include <kernel/terminal.h>

#include "text.h"

#define PAGE_LINES 23u
#define PAGE_MOST 1000u
#define PROMPT "--More--"
#define CONTROL_C 3

/* `-N`: lines of a page; the index of the first file, or -EINVAL. */
static int take_page(struct command_call *call, uint64_t *page)
{
	const char *word = call->argc > 1 ? call->argv[1] : "";

	*page = PAGE_LINES;
	if (*word != '-')
		return 1;
	return parse_integer(word + 1, strlen(word + 1), 1, PAGE_MOST, page) ? -EINVAL : 2;
}

/* How many lines come next: of a page, one, or 0: no more. */
static uint64_t ask(struct command_call *call, struct terminal *terminal, uint64_t page)
{
	int key = 0;

	stream_flush(call->out);
	terminal_edit(terminal, PROMPT, sizeof(PROMPT) - 1, sizeof(PROMPT) - 1);
	while (!command_cancelled(call) && key != ' ' && key != '\r' && key != '\n' && key != 'q' &&
	       key != CONTROL_C)
		key = terminal_read_key(terminal, call);
	terminal_edit(terminal, NULL, 0, 0);
	if (key == ' ')
		return page;
	return key == '\r' || key == '\n' ? 1 : 0;
}

int more_run(struct command_call *call)
{
	struct terminal *terminal = call->out->terminal;
	uint64_t page, left;
	int first = take_page(call, &page);
	struct text_input *input;
	size_t length;

	if (first < 0)
		return text_usage(call);
	input = input_open(call, first);
	if (!input)
		return -ENODATA;
	left = page;
	while (left > 0 && input_next(input)) {
		while (left > 0 && input_line(input, &length)) {
			stream_print_escaped(call->out, input->line, length);
			stream_write(call->out, "\n", 1);
			if (terminal && --left == 0)
				left = ask(call, terminal, page);
		}
	}
	return input_close(input);
}
