/* The line editor: keys in, text and cursor out; history and completion. */
#include "test.h"

#include <stdio.h>

#include <lineedit.h>

static struct line_edit line;
static char lines[3][LINE_LENGTH_MAX + 1];
static struct line_history history;

static enum line_event feed(const char *keys)
{
	enum line_event event = LINE_UNCHANGED;

	for (; *keys != '\0'; keys++)
		event = line_feed(&line, (unsigned char)*keys);
	return event;
}

/* The line after some keys, with | where the cursor is. */
static const char *after(const char *keys)
{
	static char shown[LINE_LENGTH_MAX + 3];

	feed(keys);
	CHECK_EQ(strlen(line.text), line.length);
	sprintf(shown, "%.*s|%s", (int)line.cursor, line.text, line.text + line.cursor);
	return shown;
}

static void begin(void)
{
	history = (struct line_history){.lines = lines, .capacity = 3};
	line_init(&line, &history);
}

TEST(line_typing_and_moving)
{
	begin();
	CHECK_STR(after("abc"), "abc|");
	CHECK_STR(after("\033[D\033[D"), "a|bc");
	CHECK_STR(after("X"), "aX|bc");
	CHECK_STR(after("\177"), "a|bc");
	CHECK_STR(after("\b\b"), "|bc");
	CHECK_STR(after("\033[3~"), "|c");
	CHECK_STR(after("\033[F\033[C"), "c|");
	CHECK_STR(after("\033OH"), "|c");
	CHECK_STR(after("\033[4~\033[1~z\033[8~"), "zc|");
	CHECK_STR(after("\001\006\004"), "z|");
	CHECK_STR(after("\002\002"), "|z");
	CHECK_STR(after("\005"), "z|");
}

TEST(line_cutting)
{
	begin();
	CHECK_STR(after("load hello who=me"), "load hello who=me|");
	CHECK_STR(after("\027"), "load hello |");
	CHECK_STR(after("  \027"), "load |");
	CHECK_STR(after("\027\027"), "|");
	CHECK_STR(after("abcd\002\002\013"), "ab|");
	CHECK_STR(after("cd\002\025"), "|d");
	CHECK_EQ(feed("\025"), LINE_UNCHANGED);
}

TEST(line_events)
{
	begin();
	CHECK_EQ(feed("a"), LINE_CHANGED);
	CHECK_EQ(feed("\t"), LINE_COMPLETE);
	CHECK_EQ(feed("\014"), LINE_CLEAR);
	CHECK_EQ(feed("\003"), LINE_INTERRUPT);
	CHECK_EQ(feed("\004"), LINE_UNCHANGED);
	CHECK_EQ(feed("\r"), LINE_DONE);
	CHECK_EQ(feed("\n"), LINE_UNCHANGED);
	CHECK_EQ(feed("\n"), LINE_DONE);
	CHECK_EQ(feed("\r"), LINE_DONE);
	CHECK_EQ(feed("\r"), LINE_DONE);
	CHECK_STR(after(""), "a|");
	line_start(&line);
	CHECK_EQ(feed("\004"), LINE_END);
	CHECK_EQ(feed("\033[D"), LINE_UNCHANGED);
}

TEST(line_ignores_what_it_does_not_know)
{
	begin();
	CHECK_STR(after("a\xc3\xb6\x80\xff"), "a|");
	CHECK_STR(after("\033[99;5Q\033[200~\033xb"), "ab|");
	CHECK_STR(after("\033[1"), "ab|");
	CHECK_EQ(feed("\r"), LINE_DONE); /* a sequence that was cut short eats no Enter */
	CHECK_STR(after("c"), "abc|");
	CHECK_STR(after("\033\033[D"), "ab|c");
	CHECK_STR(after("\001\033[99999999999999999999~"), "|abc");
	CHECK_EQ(line_feed(&line, 0), LINE_UNCHANGED);
	CHECK_STR(after("\033[93~\033[30~"), "|abc");
	CHECK_STR(after("\033[@~\033[ q!\033[\177\033[\x80#"), "~!#|abc");
}

TEST(line_full)
{
	char big[LINE_LENGTH_MAX + 1];

	begin();
	memset(big, 'x', sizeof(big));
	CHECK(!line_insert(&line, big, LINE_LENGTH_MAX + 1));
	CHECK_EQ(line.length, 0);
	CHECK(line_insert(&line, big, LINE_LENGTH_MAX - 1));
	CHECK_EQ(feed("y"), LINE_CHANGED);
	CHECK_EQ(feed("z"), LINE_UNCHANGED);
	CHECK_EQ(line.length, LINE_LENGTH_MAX);
	CHECK(line_insert(&line, "", 0));
	CHECK(!line_insert(&line, "z", 1));
}

TEST(line_history_walk)
{
	begin();
	CHECK_STR(after("\033[A"), "|");
	line_history_add(&history, "");
	CHECK_EQ(history.count, 0);
	line_history_add(&history, "one");
	line_history_add(&history, "one");
	CHECK_EQ(history.count, 1);
	line_history_add(&history, "two");
	CHECK_STR(after("draft\033[A"), "two|");
	CHECK_STR(after("\020"), "one|");
	CHECK_STR(after("\033[A"), "one|");
	CHECK_STR(after("!\033[B"), "two|");
	CHECK_STR(after("\016"), "draft|");
	CHECK_STR(after("\033[B"), "draft|");
	line_history_add(&history, "three");
	line_history_add(&history, "four");
	CHECK_EQ(history.count, 3);
	CHECK_STR(after("\033[A\033[A\033[A\033[A"), "two|");
	line_start(&line);
	CHECK_STR(after("\033[A"), "four|");
	line_start(&line);
	CHECK_STR(after("d\033[A\033[B"), "d|"); /* nothing of the longer draft */
	line_init(&line, NULL);
	CHECK_STR(after("x\033[A"), "x|");
}

TEST(line_history_without_room)
{
	struct line_history none = {.lines = lines, .capacity = 0};

	line_history_add(&none, "x");
	CHECK_EQ(none.count, 0);
}

TEST(line_completion_common)
{
	struct line_completion completion = {0};

	line_completion_add(&completion, "he", "load");
	CHECK_EQ(completion.count, 0);
	line_completion_add(&completion, "he", "hello");
	CHECK_STR(completion.common, "hello");
	line_completion_add(&completion, "he", "hello");
	CHECK_EQ(completion.length, 5);
	line_completion_add(&completion, "he", "hello_two");
	CHECK_STR(completion.common, "hello");
	line_completion_add(&completion, "he", "help");
	CHECK_STR(completion.common, "hel");
	line_completion_add(&completion, "he", "he");
	CHECK_STR(completion.common, "he");
	CHECK_EQ(completion.count, 5);
}

TEST(line_by_words)
{
	begin();
	CHECK_STR(after("load hello  who=me"), "load hello  who=me|");
	CHECK_STR(after("\033b"), "load hello  |who=me");
	CHECK_STR(after("\033[1;5D"), "load |hello  who=me");
	CHECK_STR(after("\033f"), "load hello|  who=me");
	CHECK_STR(after("\033[1;5C\033[1;5C"), "load hello  who=me|");
	CHECK_STR(after("\033b\033b\033d"), "load |  who=me");
	CHECK_STR(after("\033[D\033[D\033[C"), "load|   who=me");
	CHECK_STR(after("\033d\033d\033b\033b\033b"), "|load");
	CHECK_STR(after("\033x\033q"), "|load");
	CHECK_STR(after("\033[1;5C\033[D"), "loa|d");
	CHECK_STR(after("\033[1;5C\001\006"), "l|oad");
	CHECK_STR(after("\033[5~\006"), "lo|ad");
	CHECK_STR(after("\033[5\006"), "loa|d");
}

TEST(line_search_in_the_history)
{
	begin();
	line_history_add(&history, "load hello");
	line_history_add(&history, "echo a");
	line_history_add(&history, "unload hello");
	CHECK_STR(after("hello\022"), "unload hello|");
	CHECK_STR(after("\022"), "load hello|");
	CHECK_STR(after("\022"), "load hello|");
	CHECK_STR(after("\033[B\033[B\033[B"), "hello|");
	CHECK_STR(after("\025nowhere\022"), "nowhere|");
	CHECK_STR(after("\025ec\022"), "echo a|");
	line_init(&line, NULL);
	CHECK_STR(after("x\022"), "x|");
}
