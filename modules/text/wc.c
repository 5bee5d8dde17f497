/* wc: lines, words and bytes. */
#include <string.h>

#include <kernel/module.h>

#include "text.h"

struct counts {
	uint64_t lines, words, bytes;
	bool in_word;
};

static void count(struct counts *counts, const char *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		bool blank = bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r');

		counts->lines += bytes[i] == '\n';
		counts->words += !blank && !counts->in_word;
		counts->in_word = !blank;
	}
	counts->bytes += size;
}

/* One figure stands alone; several are columns. */
static void print(struct command_call *call, const char *letters, const struct counts *counts,
		  const char *name)
{
	const uint64_t values[] = {counts->lines, counts->words, counts->bytes};
	int width = letters[1] ? 7 : 1;
	const char *blank = "";

	for (unsigned i = 0; i < 3; i++) {
		if (!strchr(letters, "lwc"[i]))
			continue;
		command_print(call, "%s%*llu", blank, width, (unsigned long long)values[i]);
		blank = " ";
	}
	command_print(call, "%s%s\n", name[0] ? " " : "", name);
}

int wc_run(struct command_call *call)
{
	bool chosen = call->argc > 1 && call->argv[1][0] == '-';
	const char *letters = chosen ? call->argv[1] + 1 : "lwc";
	struct counts total = {0};
	struct text_input *input;
	bool many;

	if (letters[strspn(letters, "lwc")] || !letters[0])
		return text_usage(call);
	input = input_open(call, chosen ? 2 : 1);
	if (!input)
		return -ENODATA;
	many = input_names_many(input);
	while (input_next(input)) {
		struct counts counts = {0};
		long got;

		while ((got = input_read(input, input->buffer, sizeof(input->buffer))) > 0)
			count(&counts, input->buffer, (size_t)got);
		print(call, letters, &counts, input->name);
		total.lines += counts.lines;
		total.words += counts.words;
		total.bytes += counts.bytes;
	}
	if (many)
		print(call, letters, &total, "total");
	return input_close(input);
}
