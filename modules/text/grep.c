/* grep: the lines that match. Its status without one is ENOENT, which prints nothing. */
#include <string.h>

#include <kernel/module.h>
#include <kernel/stream.h>

#include "text.h"

struct grep {
	bool fold, invert, number, count;
	const char *pattern;
};

/* The letters of one word of options; false for one that is not known. */
static bool take_options(struct grep *grep, const char *word)
{
	for (word++; *word; word++) {
		switch (*word) {
		case 'i':
			grep->fold = true;
			break;
		case 'v':
			grep->invert = true;
			break;
		case 'n':
			grep->number = true;
			break;
		case 'c':
			grep->count = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

static uint64_t grep_file(const struct grep *grep, struct text_input *input, bool named)
{
	struct command_call *call = input->call;
	uint64_t found = 0, number = 0;
	size_t length;

	while (input_line(input, &length)) {
		number++;
		if (pattern_matches(grep->pattern, input->line, grep->fold) == grep->invert)
			continue;
		found++;
		if (grep->count)
			continue;
		if (named)
			command_print(call, "%s:", input->name);
		if (grep->number)
			command_print(call, "%llu:", (unsigned long long)number);
		stream_write(call->out, input->line, length);
		stream_write(call->out, "\n", 1);
	}
	if (grep->count && named)
		command_print(call, "%s:", input->name);
	if (grep->count)
		command_print(call, "%llu\n", (unsigned long long)found);
	return found;
}

int grep_run(struct command_call *call)
{
	struct grep grep = {0};
	struct text_input *input;
	uint64_t found = 0;
	int first = 1, error;
	bool named;

	for (; first < call->argc && call->argv[first][0] == '-'; first++)
		if (!take_options(&grep, call->argv[first]))
			return text_usage(call);
	if (first >= call->argc)
		return text_usage(call);
	grep.pattern = call->argv[first++];
	if (!pattern_is_right(grep.pattern))
		return command_fail(call, grep.pattern, -EINVAL,
				    "an open [ or \\, or more than eight *");
	input = input_open(call, first);
	if (!input)
		return -ENODATA;
	named = input_names_many(input);
	while (input_next(input))
		found += grep_file(&grep, input, named);
	error = input_close(input);
	if (error || found > 0)
		return error;
	call->told = true;
	return -ENOENT;
}
