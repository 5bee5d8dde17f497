/*
 * Load lines against parameters of every type. What is refused must have stored nothing, and what
 * is accepted must fit in the bytes that checking asked for and in the variables.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <lib/compiler.h>
#include <lib/module_file.h>

#include "fuzz.h"

#define WORDS_MAX 32

static uint64_t numbers[MODULE_PARAM_TYPES][4];
static char buffer[8];
static uint32_t counts[MODULE_PARAM_TYPES];

static const char *const names[MODULE_PARAM_TYPES] = {
    "byte", "short", "u-short", "int", "u_int", "long", "ulong", "bool", "inv", "charp", "string",
};

static void describe(struct module_param *params)
{
	for (unsigned i = 0; i < MODULE_PARAM_TYPES; i++) {
		params[i] = (struct module_param){
		    names[i],		numbers[i], i,	       parameter_type_size(i),
		    i % 2 == 0 ? 1 : 4, 0,	    &counts[i]};
	}
	params[MODULE_PARAM_string].value = buffer;
	params[MODULE_PARAM_string].size = sizeof(buffer);
	params[MODULE_PARAM_string].capacity = 1;
}

static unsigned split(char *line, const char **words)
{
	unsigned count = 0;

	for (char *word = strtok(line, " "); word != NULL && count < WORDS_MAX;
	     word = strtok(NULL, " "))
		words[count++] = word;
	return count;
}

/* Every text that was stored lies in @text and ends there. */
static void check_texts(const char *text, size_t size)
{
	for (unsigned i = 0; i < 4; i++) {
		const char *stored;

		memcpy(&stored, &numbers[MODULE_PARAM_charp][i], sizeof(stored));
		if (stored != NULL)
			FUZZ_CHECK(fuzz_inside(stored, strlen(stored) + 1, text, size));
	}
	FUZZ_CHECK(memchr(buffer, '\0', sizeof(buffer)) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct module_param params[MODULE_PARAM_TYPES];
	const char *words[WORDS_MAX];
	char *line = malloc(size + 1), *text;
	struct module_report report;
	size_t text_size;
	unsigned count;

	memcpy(line, data, size);
	line[size] = '\0';
	memset(numbers, 0, sizeof(numbers));
	memset(buffer, 0, sizeof(buffer));
	describe(params);
	count = split(line, words);
	report_clear(&report);
	if (parameters_check(params, ARRAY_SIZE(params), words, count, &text_size, &report) == 0) {
		text = malloc(text_size);
		parameters_apply(params, ARRAY_SIZE(params), words, count, text);
		check_texts(text, text_size);
		free(text);
	} else {
		FUZZ_CHECK(strlen(report.text) > 10);
	}
	free(line);
	return 0;
}
