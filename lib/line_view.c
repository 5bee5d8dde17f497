/*
 * What a terminal shows of the line that is being edited. Its one rule: the view's text is what
 * stands on the terminal now, and its cursor where the terminal's is, so that the difference to
 * what shall be shown is all that is sent.
 */
#include <lib/lineedit.h>

#include <string.h>

#include <lib/compiler.h>
#include <lib/format.h>

static void send(struct format_sink *sink, const char *text, size_t length)
{
	if (length > 0)
		sink->put(sink, text, length);
}

static void send_repeated(struct format_sink *sink, char character, size_t count)
{
	char run[16];

	memset(run, character, sizeof(run));
	for (; count > sizeof(run); count -= sizeof(run))
		send(sink, run, sizeof(run));
	send(sink, run, count);
}

/* Moves the terminal's cursor over what it shows: \b to the left, the same text to the right. */
static void move_to(struct line_view *view, size_t cursor, struct format_sink *sink)
{
	if (cursor < view->cursor)
		send_repeated(sink, '\b', view->cursor - cursor);
	else
		send(sink, view->text + view->cursor, cursor - view->cursor);
	view->cursor = cursor;
}

void line_view_show(struct line_view *view, const char *text, size_t length, size_t cursor,
		    struct format_sink *sink)
{
	size_t old_length = view->length, same = 0;

	length = min(length, sizeof(view->text));
	while (same < length && same < old_length && view->text[same] == text[same])
		same++;
	if (same < length || same < old_length) {
		move_to(view, same, sink);
		memcpy(view->text + same, text + same, length - same);
		send(sink, text + same, length - same);
		view->cursor = length;
		if (old_length > length) {
			send_repeated(sink, ' ', old_length - length);
			send_repeated(sink, '\b', old_length - length);
		}
		view->length = length;
	}
	move_to(view, min(cursor, length), sink);
}
