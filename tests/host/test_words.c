/* The shell's grammar: trees written as text, errors with their place, expansion and completion. */
#include "test.h"

#include <stdio.h>

#include <lib/errno.h>
#include <words.h>

#define NODES 40
#define WORDS 40

static struct words_node nodes[NODES];
static struct words_word words[WORDS];
static struct words_diag diag;
static char shown[512];

static void show(const char *text, size_t length)
{
	strncat(shown, text, length);
}

static void show_word(const struct words_line *line, uint16_t index)
{
	show(line->text + line->words[index].start, line->words[index].length);
}

static void show_items(const struct words_line *line, uint16_t index);

static void show_body(const struct words_line *line, uint16_t index)
{
	const struct words_node *node = &line->nodes[index];
	char number[32];

	sprintf(number, "%u ", node->number);
	switch (node->kind) {
	case WORDS_COMMAND:
		show("[", 1);
		for (uint16_t i = 0; i < node->word_count; i++) {
			if (i > 0)
				show(",", 1);
			show_word(line, (uint16_t)(node->first_word + i));
		}
		show("]", 1);
		break;
	case WORDS_GROUP:
		show("(", 1);
		show_items(line, node->body);
		show(")", 1);
		break;
	case WORDS_ON:
		strcat(strcat(shown, "on "), number);
		show_body(line, node->body);
		break;
	case WORDS_REPEAT:
		strcat(strcat(shown, "repeat "), number);
		show_body(line, node->body);
		break;
	case WORDS_FAIL:
		strcat(strcat(shown, "failnth "), number);
		show_body(line, node->body);
		break;
	case WORDS_TIME:
		show("time ", 5);
		show_body(line, node->body);
		break;
	}
}

static void show_items(const struct words_line *line, uint16_t index)
{
	static const char *const joins[] = {"", "&&", "||", "|"};
	bool background = false;

	for (; index != WORDS_NONE; index = line->nodes[index].next) {
		const struct words_node *node = &line->nodes[index];

		if (node->when == WORDS_ALWAYS)
			background = node->background;
		strcat(shown, joins[node->when]);
		show_body(line, index);
		if (node->input != WORDS_NONE) {
			show("<", 1);
			show_word(line, node->input);
		}
		if (node->redirect != WORDS_NONE) {
			show(">>", node->append ? 2 : 1);
			show_word(line, node->redirect);
		}
		if (background &&
		    (node->next == WORDS_NONE || line->nodes[node->next].when == WORDS_ALWAYS))
			show("&", 1);
	}
}

static int parse(const char *text, struct words_line *line)
{
	size_t length = strlen(text);

	*line = (struct words_line){
	    .text = test_copy(text, length),
	    .length = length,
	    .nodes = nodes,
	    .node_limit = NODES,
	    .words = words,
	    .word_limit = WORDS,
	};
	return words_parse(line, &diag);
}

static const char *tree(const char *text)
{
	struct words_line line;
	int error = parse(text, &line);

	shown[0] = '\0';
	if (error)
		sprintf(shown, "%s %zu %.*s: %s", errno_name(error), (size_t)diag.word.start,
			(int)diag.word.length, text + diag.word.start, diag.what);
	else
		show_items(&line, line.first);
	return shown;
}

TEST(words_items)
{
	CHECK_STR(tree(""), "");
	CHECK_STR(tree("  \t\n\v\f\r"), "");
	CHECK_STR(tree("a\b"), "[a\b]");
	CHECK_STR(tree("echo"), "[echo]");
	CHECK_STR(tree(" echo  a b "), "[echo,a,b]");
	CHECK_STR(tree("a;b"), "[a][b]");
	CHECK_STR(tree("a ; b ;"), "[a][b]");
	CHECK_STR(tree("a&b&"), "[a]&[b]&");
	CHECK_STR(tree("a;;b"), "[a][b]");
	CHECK_STR(tree("a & ; b"), "[a]&[b]");
	CHECK_STR(tree("a && b || c"), "[a]&&[b]||[c]");
	CHECK_STR(tree("a&&b;c||{d&&e}>f&"), "[a]&&[b][c]||([d]&&[e])>f&");
	CHECK_STR(tree("a || b & c && d &"), "[a]||[b]&[c]&&[d]&");
	CHECK_STR(tree("a | b c|d > f"), "[a]|[b,c]|[d]>f");
	CHECK_STR(tree("a<f>>g|{b;c}||d&"), "[a]<f>>g|([b][c])||[d]&");
	CHECK_STR(tree("a > f < g"), "[a]<g>f");
	CHECK_STR(tree("time a && on 1 b"), "time [a]&&on 1 [b]");
	CHECK_STR(tree("a '&&' \"||\" b"), "[a,'&&',\"||\",b]");
	CHECK_STR(tree("a > f"), "[a]>f");
	CHECK_STR(tree("a>f;b"), "[a]>f[b]");
	CHECK_STR(tree("{a;b}>f&"), "([a][b])>f&");
	CHECK_STR(tree("{ a ; { b } }"), "([a]([b]))");
}

TEST(words_prefixes)
{
	CHECK_STR(tree("on 3 a b"), "on 3 [a,b]");
	CHECK_STR(tree("time repeat 5 {a;b} > f"), "time repeat 5 ([a][b])>f");
	CHECK_STR(tree("repeat 0x10 time on '1' a"), "repeat 16 time on 1 [a]");
	CHECK_STR(tree("'on' 3"), "['on',3]");
	CHECK_STR(tree("echo on time repeat"), "[echo,on,time,repeat]");
	CHECK_STR(tree("repeat 4294967295 a"), "repeat 4294967295 [a]");
	CHECK_STR(tree("repeat 4294967296 a"), "EINVAL 7 4294967296: repeat: how often?");
	CHECK_STR(tree("repeat x a"), "EINVAL 7 x: repeat: how often?");
	CHECK_STR(tree("repeat $? a"), "EINVAL 7 $?: repeat: how often?");
	CHECK_STR(tree("repeat"), "EINVAL 0 repeat: repeat: how often?");
	CHECK_STR(tree("on ;"), "EINVAL 3 ;: on: which CPU?");
	CHECK_STR(tree("on -1 a"), "EINVAL 3 -1: on: which CPU?");
	CHECK_STR(tree("repeat 3"), "EINVAL 7 3: a command is missing");
	CHECK_STR(tree("time"), "EINVAL 0 time: a command is missing");
	CHECK_STR(tree("time > f"), "EINVAL 5 >: a command is missing");
}

TEST(words_quotes_and_comments)
{
	CHECK_STR(tree("echo 'a;b' \"c > d\""), "[echo,'a;b',\"c > d\"]");
	CHECK_STR(tree("echo a'b c'\"d\"e"), "[echo,a'b c'\"d\"e]");
	CHECK_STR(tree("echo ''"), "[echo,'']");
	CHECK_STR(tree("# nothing; at { all"), "");
	CHECK_STR(tree("a # b"), "[a]");
	CHECK_STR(tree("a b#c"), "[a,b#c]");
	CHECK_STR(tree("a;#b"), "[a]");
	CHECK_STR(tree("a '#' b"), "[a,'#',b]");
	CHECK_STR(tree("a 'b"), "EINVAL 2 'b: unclosed quote");
	CHECK_STR(tree("a b\"c"), "EINVAL 2 b\"c: unclosed quote");
	CHECK_STR(tree("a > 'f"), "EINVAL 4 'f: unclosed quote");
	CHECK_STR(tree("on '1"), "EINVAL 3 '1: unclosed quote");
	CHECK_STR(tree("'on"), "EINVAL 0 'on: unclosed quote");
}

TEST(words_refused)
{
	CHECK_STR(tree(";"), "EINVAL 0 ;: a command is missing");
	CHECK_STR(tree(" & a"), "EINVAL 1 &: a command is missing");
	CHECK_STR(tree("&& a"), "EINVAL 0 &&: a command is missing");
	CHECK_STR(tree("a && "), "EINVAL 2 &&: a command is missing");
	CHECK_STR(tree("a || ; b"), "EINVAL 5 ;: a command is missing");
	CHECK_STR(tree("a & && b"), "EINVAL 4 &&: a command is missing");
	CHECK_STR(tree("a &&& b"), "EINVAL 4 &: a command is missing");
	CHECK_STR(tree("| a"), "EINVAL 0 |: a command is missing");
	CHECK_STR(tree("a |"), "EINVAL 2 |: a command is missing");
	CHECK_STR(tree("a | ; b"), "EINVAL 4 ;: a command is missing");
	CHECK_STR(tree("a ||| b"), "EINVAL 4 |: a command is missing");
	CHECK_STR(tree("a <"), "EINVAL 2 <: < needs a file");
	CHECK_STR(tree("a >>"), "EINVAL 2 >>: > needs a file");
	CHECK_STR(tree("a > f >> g"), "EINVAL 6 >>: a second >");
	CHECK_STR(tree("a < f < g"), "EINVAL 6 <: a second <");
	CHECK_STR(tree("{a &&}"), "EINVAL 5 }: a command is missing");
	CHECK_STR(tree("{;}"), "EINVAL 1 ;: a command is missing");
	CHECK_STR(tree("{}"), "EINVAL 0 {: nothing between { and }");
	CHECK_STR(tree("{ a"), "EINVAL 0 {: unclosed {");
	CHECK_STR(tree("{ a # }"), "EINVAL 0 {: unclosed {");
	CHECK_STR(tree("a }"), "EINVAL 2 }: } without {");
	CHECK_STR(tree("}"), "EINVAL 0 }: } without {");
	CHECK_STR(tree("> f"), "EINVAL 0 >: a command is missing");
	CHECK_STR(tree("a >"), "EINVAL 2 >: > needs a file");
	CHECK_STR(tree("a > ;"), "EINVAL 4 ;: > needs a file");
	CHECK_STR(tree("a > f > g"), "EINVAL 6 >: a second >");
	CHECK_STR(tree("a > f g"), "EINVAL 6 g: ; or & is missing");
	CHECK_STR(tree("{a} b"), "EINVAL 4 b: ; or & is missing");
	CHECK_STR(tree("a {b}"), "EINVAL 2 {: ; or & is missing");
}

TEST(words_limits)
{
	struct words_line line;
	char text[3 * NODES + 8] = "";
	size_t length;

	for (int i = 0; i < NODES; i++)
		strcat(text, "a;");
	CHECK_EQ(parse(text, &line), 0);
	CHECK_EQ(line.node_count, NODES);
	strcat(text, "a");
	CHECK_STR(tree(text), "E2BIG 80 a: too many commands");
	CHECK_EQ(parse(text, &line), -E2BIG);
	CHECK_EQ(line.first, WORDS_NONE);

	text[0] = '\0';
	for (int i = 0; i < WORDS; i++)
		strcat(text, "a ");
	CHECK_EQ(parse(text, &line), 0);
	length = strlen(text);
	strcpy(text + length, "b");
	CHECK_STR(tree(text), "E2BIG 80 b: too many words");
	strcpy(text + length, "> f");
	CHECK_EQ(parse(text, &line), -E2BIG);

	memset(text, '{', sizeof(text));
	text[WORDS_DEPTH_MAX - 1] = 'a';
	memset(text + WORDS_DEPTH_MAX, '}', WORDS_DEPTH_MAX - 1);
	text[2 * WORDS_DEPTH_MAX - 1] = '\0';
	CHECK_EQ(parse(text, &line), 0);
	memset(text, '{', sizeof(text));
	strcpy(text + WORDS_DEPTH_MAX, "a");
	CHECK_STR(tree(text), "E2BIG 16 a: nested too deep");
}

static const char *expanded(const char *text, const char *status)
{
	static char buffer[64];
	struct words_word word = {0, (uint32_t)strlen(text)};
	size_t length;

	text = test_copy(text, word.length);
	length = words_expand(text, &word, status, buffer, sizeof(buffer));

	CHECK_EQ(length, strlen(buffer));
	CHECK_EQ(words_expand(text, &word, status, NULL, 0), length);
	return buffer;
}

TEST(words_expansion)
{
	struct words_word word = {0, 6};
	char small[4];

	CHECK_STR(expanded("a", "0"), "a");
	CHECK_STR(expanded("''", "0"), "");
	CHECK_STR(expanded("a'b c'\"d'e\"", "0"), "ab cd'e");
	CHECK_STR(expanded("'\"'", "0"), "\"");
	CHECK_STR(expanded("$?", "EBUSY"), "EBUSY");
	CHECK_STR(expanded("x$?y", "0"), "x0y");
	CHECK_STR(expanded("\"$?\"", "EIO"), "EIO");
	CHECK_STR(expanded("'$?'", "EIO"), "$?");
	CHECK_STR(expanded("$", "EIO"), "$");
	CHECK_STR(expanded("$$?", "EIO"), "$EIO");
	CHECK_STR(expanded("$x", "EIO"), "$x");
	CHECK_STR(expanded("$'?'", "EIO"), "$?");
	CHECK_EQ(words_expand("abcdef", &word, "", small, sizeof(small)), 6);
	CHECK_STR(small, "abc");
}

static const char *place_of(const char *text)
{
	struct words_place place;

	words_locate(test_copy(text, strlen(text)), strlen(text), &place);
	sprintf(shown, "%zu%s%s %.*s", place.start, place.is_command ? " command" : "",
		place.is_file ? " file" : "", (int)place.command.length,
		text + place.command.start);
	return shown;
}

TEST(words_places)
{
	CHECK_STR(place_of(""), "0 command ");
	CHECK_STR(place_of("lo"), "0 command ");
	CHECK_STR(place_of("load he"), "5 load");
	CHECK_STR(place_of("load "), "5 load");
	CHECK_STR(place_of("load a b"), "7 load");
	CHECK_STR(place_of("a; lo"), "3 command ");
	CHECK_STR(place_of("a;lo"), "2 command ");
	CHECK_STR(place_of("a & { lo"), "6 command ");
	CHECK_STR(place_of("time lo"), "5 command ");
	CHECK_STR(place_of("on 1"), "3 ");
	CHECK_STR(place_of("on 1 lo"), "5 command ");
	CHECK_STR(place_of("repeat 3 time cat /d"), "18 cat");
	CHECK_STR(place_of("a > /d"), "4 file ");
	CHECK_STR(place_of("a>"), "2 file ");
	CHECK_STR(place_of("a > f x"), "6 a");
	CHECK_STR(place_of("a > f ; cat x"), "12 cat");
	CHECK_STR(place_of("{ cat 'x y"), "6 cat");
}
