/*
 * The line editor and its view: whatever is typed, the line stays a line, and a terminal that
 * understands no more than characters and \b shows it with the cursor where it belongs.
 */
#include "fuzz.h"

#include <string.h>

#include <lib/compiler.h>
#include <lib/format.h>
#include <lib/lineedit.h>

#define HISTORY 3

static char lines[HISTORY][LINE_LENGTH_MAX + 1];

struct screen {
	struct format_sink sink;
	char cells[LINE_LENGTH_MAX + 1];
	size_t cursor;
};

static void screen_put(struct format_sink *sink, const char *text, size_t length)
{
	struct screen *screen = container_of(sink, struct screen, sink);

	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\b') {
			FUZZ_CHECK(screen->cursor > 0);
			screen->cursor--;
		} else {
			FUZZ_CHECK(text[i] >= ' ' && text[i] <= '~');
			FUZZ_CHECK(screen->cursor < sizeof(screen->cells));
			screen->cells[screen->cursor++] = text[i];
		}
	}
}

static void check_line(const struct line_edit *line)
{
	FUZZ_CHECK(line->length <= LINE_LENGTH_MAX && line->cursor <= line->length);
	FUZZ_CHECK(strlen(line->text) == line->length);
	for (size_t i = 0; i < line->length; i++)
		FUZZ_CHECK(line->text[i] >= ' ' && line->text[i] <= '~');
}

static void check_screen(const struct screen *screen, const struct line_edit *line)
{
	FUZZ_CHECK(memcmp(screen->cells, line->text, line->length) == 0);
	FUZZ_CHECK(screen->cursor == line->cursor);
	for (size_t i = line->length; i < sizeof(screen->cells) && screen->cells[i]; i++)
		FUZZ_CHECK(screen->cells[i] == ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct line_edit line;
	static struct line_view view;
	struct line_history history = {.lines = lines, .capacity = HISTORY};
	struct screen screen = {.sink = {screen_put}};

	line_init(&line, &history);
	view.length = view.cursor = 0;
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
		line_view_show(&view, line.text, line.length, line.cursor, &screen.sink);
		check_screen(&screen, &line);
	}
	return 0;
}
