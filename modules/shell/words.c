/*
 * The shell's grammar: a parser by descent, one function a rule, from text to nodes and words in
 * the caller's arrays. Its one rule: a word is a part of the text and is found by token_read_word
 * alone, so that parsing, expansion and completion agree on where quotes begin and end.
 */
#include "words.h"

#include <string.h>

#include <lib/errno.h>
#include <lib/parse.h>

#include "words_token.h"

struct parser {
	struct words_line *line;
	struct words_diag *diag;
	size_t at;
	unsigned depth;
};

/* What makes the item behind it depend on the one before it, or WORDS_ALWAYS. */
static enum words_when join_at(const char *text, size_t length, size_t at)
{
	bool twice = token_is_double(text, length, at);

	if (text[at] == '|')
		return twice ? WORDS_IF_FAILED : WORDS_PIPED;
	return text[at] == '&' && twice ? WORDS_IF_DONE : WORDS_ALWAYS;
}

/* Blames what stands at @position, or, at the end of the text, what stands last. */
static int fail(struct parser *parser, size_t position, int error, const char *what)
{
	const char *text = parser->line->text;
	size_t length = parser->line->length, next = 0;
	struct words_word word = {0};

	while ((next = token_skip_blanks(text, length, next)) < length && next <= position) {
		word = token_at(text, length, next);
		next = word.start + word.length;
	}
	*parser->diag = (struct words_diag){word, what};
	return error;
}

/* The character that comes next, blanks passed over; NUL at the end. */
static char peek(struct parser *parser)
{
	const struct words_line *line = parser->line;

	parser->at = token_skip_blanks(line->text, line->length, parser->at);
	return parser->at < line->length ? line->text[parser->at] : '\0';
}

static bool peek_word(struct parser *parser)
{
	char next = peek(parser);

	return parser->at < parser->line->length && !token_is_special(next);
}

static int take_word(struct parser *parser, struct words_word *word, const char *missing)
{
	size_t start, end;

	if (!peek_word(parser))
		return fail(parser, parser->at, -EINVAL, missing);
	start = parser->at;
	if (!token_read_word(parser->line->text, parser->line->length, start, &end))
		return fail(parser, start, -EINVAL, "unclosed quote");
	*word = (struct words_word){(uint32_t)start, (uint32_t)(end - start)};
	parser->at = end;
	return 0;
}

/* Takes a word into the array. */
static int take_kept_word(struct parser *parser, uint16_t *index, const char *missing)
{
	struct words_line *line = parser->line;
	struct words_word word;
	int error = take_word(parser, &word, missing);

	if (error)
		return error;
	if (line->word_count >= line->word_limit)
		return fail(parser, word.start, -E2BIG, "too many words");
	*index = line->word_count++;
	line->words[*index] = word;
	return 0;
}

static int new_node(struct parser *parser, enum words_kind kind, uint16_t *index)
{
	struct words_line *line = parser->line;

	if (line->node_count >= line->node_limit)
		return fail(parser, parser->at, -E2BIG, "too many commands");
	*index = line->node_count++;
	line->nodes[*index] = (struct words_node){
	    .kind = kind,
	    .next = WORDS_NONE,
	    .body = WORDS_NONE,
	    .redirect = WORDS_NONE,
	    .input = WORDS_NONE,
	    .start = (uint32_t)parser->at,
	};
	return 0;
}

static int parse_items(struct parser *parser, uint16_t *first);
static int parse_body(struct parser *parser, uint16_t *index);

static int parse_group(struct parser *parser, uint16_t *index)
{
	size_t open = parser->at;
	uint16_t first;
	int error = new_node(parser, WORDS_GROUP, index);

	if (error)
		return error;
	parser->at++;
	error = parse_items(parser, &first);
	if (error)
		return error;
	if (peek(parser) != '}')
		return fail(parser, open, -EINVAL, "unclosed {");
	if (first == WORDS_NONE)
		return fail(parser, open, -EINVAL, "nothing between { and }");
	parser->at++;
	parser->line->nodes[*index].body = first;
	return 0;
}

static int parse_command(struct parser *parser, uint16_t *index)
{
	struct words_line *line = parser->line;
	uint16_t first = line->word_count, word;
	int error = new_node(parser, WORDS_COMMAND, index);

	while (!error && peek_word(parser))
		error = take_kept_word(parser, &word, "");
	if (error)
		return error;
	line->nodes[*index].first_word = first;
	line->nodes[*index].word_count = (uint16_t)(line->word_count - first);
	return 0;
}

static int take_number(struct parser *parser, const struct words_prefix *prefix, uint32_t *number)
{
	struct words_word word;
	uint64_t value;
	char text[16];
	size_t length;
	int error = take_word(parser, &word, prefix->number);

	if (error)
		return error;
	length = words_expand(parser->line->text, &word, "", text, sizeof(text));
	if (length >= sizeof(text) || parse_integer(text, length, 0, UINT32_MAX, &value) < 0 ||
	    value < prefix->least)
		return fail(parser, word.start, -EINVAL, prefix->number);
	*number = (uint32_t)value;
	return 0;
}

/* A prefix, whose keyword comes next, and what it stands in front of. */
static int parse_prefix(struct parser *parser, const struct words_prefix *prefix, uint16_t *index)
{
	struct words_line *line = parser->line;
	struct words_word keyword;
	uint16_t body;
	int error = new_node(parser, prefix->kind, index);

	if (!error)
		error = take_word(parser, &keyword, "");
	if (!error && prefix->number)
		error = take_number(parser, prefix, &line->nodes[*index].number);
	if (!error)
		error = parse_body(parser, &body);
	if (!error)
		line->nodes[*index].body = body;
	return error;
}

/* What comes next: a prefix, or NULL: a plain command. */
static const struct words_prefix *next_prefix(struct parser *parser)
{
	const char *text = parser->line->text;
	struct words_word word = {(uint32_t)parser->at, 0};
	size_t end;

	token_read_word(text, parser->line->length, parser->at, &end);
	word.length = (uint32_t)(end - parser->at);
	return token_prefix(text, &word);
}

/* An item without its redirection. */
static int parse_body(struct parser *parser, uint16_t *index)
{
	const struct words_prefix *prefix;
	int error;

	if (parser->depth >= WORDS_DEPTH_MAX)
		return fail(parser, parser->at, -E2BIG, "nested too deep");
	parser->depth++;
	if (peek(parser) == '{') {
		error = parse_group(parser, index);
	} else if (!peek_word(parser)) {
		error = fail(parser, parser->at, -EINVAL, "a command is missing");
	} else {
		prefix = next_prefix(parser);
		error = prefix ? parse_prefix(parser, prefix, index) : parse_command(parser, index);
	}
	parser->depth--;
	return error;
}

/* `>`, `>>` or `<`, which comes next, and its file. */
static int parse_file(struct parser *parser, struct words_node *node)
{
	const struct words_line *line = parser->line;
	bool input = line->text[parser->at] == '<';
	uint16_t *word = input ? &node->input : &node->redirect;

	if (*word != WORDS_NONE)
		return fail(parser, parser->at, -EINVAL, input ? "a second <" : "a second >");
	if (!input)
		node->append = token_is_double(line->text, line->length, parser->at);
	parser->at += node->append && !input ? 2 : 1;
	return take_kept_word(parser, word, input ? "< needs a file" : "> needs a file");
}

static int parse_item(struct parser *parser, uint16_t *index)
{
	struct words_node *node;
	int error = parse_body(parser, index);

	if (error)
		return error;
	node = &parser->line->nodes[*index];
	while (!error && (peek(parser) == '>' || peek(parser) == '<'))
		error = parse_file(parser, node);
	if (error)
		return error;
	node->length = (uint32_t)(parser->at - node->start);
	if (peek_word(parser) || peek(parser) == '{')
		return fail(parser, parser->at, -EINVAL, "; or & is missing");
	return 0;
}

static bool is_separator(const struct parser *parser, char next)
{
	const struct words_line *line = parser->line;

	return next == ';' ||
	       (next == '&' && join_at(line->text, line->length, parser->at) == WORDS_ALWAYS);
}

/* The `&&`, `||` or `|` that comes next is taken; WORDS_ALWAYS: none does. */
static enum words_when take_join(struct parser *parser)
{
	const struct words_line *line = parser->line;
	enum words_when when = WORDS_ALWAYS;

	if (peek(parser) != '\0')
		when = join_at(line->text, line->length, parser->at);
	if (when != WORDS_ALWAYS)
		parser->at += when == WORDS_PIPED ? 1 : 2;
	return when;
}

/* The rules `list` and `pipe`: their items follow each other, the first is *@first, the last
 * *@last. */
static int parse_list(struct parser *parser, uint16_t *first, uint16_t *last)
{
	struct words_node *nodes = parser->line->nodes;
	enum words_when when;
	int error = parse_item(parser, first);

	*last = *first;
	while (!error && (when = take_join(parser)) != WORDS_ALWAYS) {
		uint16_t index;

		error = parse_item(parser, &index);
		if (error)
			break;
		nodes[index].when = when;
		nodes[*last].next = index;
		*last = index;
	}
	if (!error)
		nodes[*first].background = peek(parser) == '&';
	return error;
}

/* The rule `line`, up to a closing brace or the end; no items at all is left to the caller. */
static int parse_items(struct parser *parser, uint16_t *first)
{
	const struct words_line *line = parser->line;
	uint16_t *link = first;

	*first = WORDS_NONE;
	for (;;) {
		char next = peek(parser);
		uint16_t last;
		int error;

		if (parser->at == line->length || next == '}')
			return 0;
		if (link != first && is_separator(parser, next)) {
			parser->at++;
			continue;
		}
		error = parse_list(parser, link, &last);
		if (error)
			return error;
		link = &line->nodes[last].next;
	}
}

int words_parse(struct words_line *line, struct words_diag *diag)
{
	struct parser parser = {.line = line, .diag = diag};
	int error;

	*diag = (struct words_diag){0};
	line->first = WORDS_NONE;
	line->node_count = 0;
	line->word_count = 0;
	if (line->length > UINT32_MAX)
		return fail(&parser, 0, -E2BIG, "too long");
	error = parse_items(&parser, &line->first);
	if (!error && peek(&parser) == '}')
		error = fail(&parser, parser.at, -EINVAL, "} without {");
	if (error)
		line->first = WORDS_NONE;
	return error;
}
