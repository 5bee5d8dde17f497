/*
 * The line editor: whatever is typed, the line stays a terminated line of printable characters with
 * the cursor in it, and the history stays within its ring.
 */
#include "fuzz.h"

#include <string.h>

#include <lineedit.h>

#define HISTORY 3

static char lines[HISTORY][LINE_LENGTH_MAX + 1];

static void check_line(const struct line_edit *line)
{
	FUZZ_CHECK(line->length <= LINE_LENGTH_MAX && line->cursor <= line->length);
	FUZZ_CHECK(strlen(line->text) == line->length);
	for (size_t i = 0; i < line->length; i++)
		FUZZ_CHECK(line->text[i] >= ' ' && line->text[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line_edit line;
	struct line_history history = {.lines = lines, .capacity = HISTORY};

	line_init(&line, &history);
	for (size_t i = 0; i < size; i++) {
		enum line_event event = line_feed(&line, data[i]);

		check_line(&line);
		if (event == LINE_DONE) {
			line_history_add(&history, line.text);
			FUZZ_CHECK(history.count <= HISTORY && history.first < HISTORY);
			line_start(&line);
		} else if (event == LINE_INTERRUPT) {
			line_start(&line);
		} else if (event == LINE_COMPLETE) {
			char twice[LINE_LENGTH_MAX];

			memcpy(twice, line.text, line.length);
			line_insert(&line, twice, line.length);
			check_line(&line);
		}
	}
	return 0;
}
