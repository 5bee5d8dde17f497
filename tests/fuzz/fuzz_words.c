/*
 * The shell's grammar: nodes form a tree that uses each node and each word once, words lie in the
 * text, an error lies in it as well, and expansion says the same length at every size.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <lib/errno.h>
#include <words.h>

#define NODES 24
#define WORDS 32

static struct words_node nodes[NODES];
static struct words_word words[WORDS];

struct count {
	unsigned nodes, words;
};

static void check_items(const struct words_line *line, uint16_t index, unsigned depth,
			struct count *count);

static void check_body(const struct words_line *line, uint16_t index, unsigned depth,
		       struct count *count)
{
	const struct words_node *node = &line->nodes[index];

	FUZZ_CHECK(depth < WORDS_DEPTH_MAX && index < line->node_count);
	count->nodes++;
	if (node->kind == WORDS_COMMAND) {
		FUZZ_CHECK(node->word_count > 0 && node->body == WORDS_NONE);
		FUZZ_CHECK(node->first_word + node->word_count <= line->word_count);
		count->words += node->word_count;
	} else if (node->kind == WORDS_GROUP) {
		FUZZ_CHECK(node->body != WORDS_NONE);
		check_items(line, node->body, depth + 1, count);
	} else {
		check_body(line, node->body, depth + 1, count);
		FUZZ_CHECK(line->nodes[node->body].next == WORDS_NONE);
		FUZZ_CHECK(line->nodes[node->body].redirect == WORDS_NONE);
	}
}

static void check_items(const struct words_line *line, uint16_t index, unsigned depth,
			struct count *count)
{
	for (; index != WORDS_NONE; index = line->nodes[index].next) {
		const struct words_node *node = &line->nodes[index];

		check_body(line, index, depth, count);
		FUZZ_CHECK(node->start <= line->length &&
			   node->length <= line->length - node->start);
		if (node->redirect != WORDS_NONE) {
			FUZZ_CHECK(node->redirect < line->word_count);
			count->words++;
		}
		if (node->input != WORDS_NONE) {
			FUZZ_CHECK(node->input < line->word_count);
			count->words++;
		}
	}
}

static void check_word(const struct words_line *line, const struct words_word *word)
{
	char big[4096], small[4];
	size_t length;

	FUZZ_CHECK(word->start <= line->length && word->length <= line->length - word->start);
	FUZZ_CHECK(word->length > 0);
	length = words_expand(line->text, word, "EBUSY", big, sizeof(big));
	FUZZ_CHECK(length <= word->length * 3);
	FUZZ_CHECK(words_expand(line->text, word, "EBUSY", small, sizeof(small)) == length);
	if (length < sizeof(big) && memchr(big, '\0', length) == NULL) {
		FUZZ_CHECK(strlen(big) == length);
		FUZZ_CHECK(strncmp(big, small, sizeof(small) - 1) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words_line line = {
	    .text = (const char *)data,
	    .length = size,
	    .nodes = nodes,
	    .node_limit = NODES,
	    .words = words,
	    .word_limit = WORDS,
	};
	struct words_place place;
	struct words_diag diag;
	struct count count = {0, 0};
	int error = words_parse(&line, &diag);

	for (size_t cursor = 0; cursor <= size; cursor += size / 8 + 1) {
		words_locate(line.text, cursor, &place);
		FUZZ_CHECK(place.start <= cursor);
		FUZZ_CHECK(place.command.start + place.command.length <= place.start);
	}
	if (error) {
		FUZZ_CHECK(error == -EINVAL || error == -E2BIG);
		FUZZ_CHECK(diag.what && diag.what[0] != '\0');
		FUZZ_CHECK(diag.word.length > 0 && diag.word.start < size);
		FUZZ_CHECK(diag.word.length <= size - diag.word.start);
		FUZZ_CHECK(line.first == WORDS_NONE);
		return 0;
	}
	check_items(&line, line.first, 0, &count);
	FUZZ_CHECK(count.nodes == line.node_count && count.words == line.word_count);
	for (uint16_t i = 0; i < line.word_count; i++)
		check_word(&line, &words[i]);
	return 0;
}
