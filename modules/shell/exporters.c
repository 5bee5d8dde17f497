/*
 * The words behind "undefined symbol NAME". /modules/modules.index has a line `SYMBOL MODULE` for
 * each symbol that a module there exports; the names that the kernel exports it says itself.
 * tools/undefined.py says the same at build, in the same words.
 */
#include "exporters.h"

#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/source.h>

#include "cure.h"
#include "nearest.h"

#define INDEX_PATH "/modules/modules.index"
#define INDEX_LIMIT (16ull << 20)

struct search {
	const char *symbol;
	unsigned distance; /* of what is nearest so far; at first one more than may be */
	char name[NEAREST_LONGEST + 1], module[MODULE_NAME_SIZE];
};

void exporters_begin(struct exporters *exporters)
{
	*exporters = (struct exporters){0};
}

void exporters_end(struct exporters *exporters)
{
	heap_free(exporters->index);
}

static void consider(struct search *search, const char *name, const char *module)
{
	unsigned distance;

	if (search->distance == 0)
		return;
	distance = name_distance(search->symbol, name, search->distance - 1);
	if (distance >= search->distance)
		return;
	search->distance = distance;
	strlcpy(search->name, name, sizeof(search->name));
	strlcpy(search->module, module, sizeof(search->module));
}

/* The next word of a line, which ends at @end; false when it is missing or too long. */
static bool take_word(const char **at, const char *end, char *word, size_t size)
{
	size_t length = 0;

	while (*at + length < end && (*at)[length] != ' ')
		length++;
	if (length == 0 || length >= size)
		return false;
	memcpy(word, *at, length);
	word[length] = '\0';
	*at += length + (*at + length < end);
	return true;
}

static void search_index(const struct exporters *exporters, struct search *search)
{
	const char *line = exporters->index, *end = line + exporters->size, *next;
	char name[NEAREST_LONGEST + 1], module[MODULE_NAME_SIZE];

	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		if (take_word(&line, next, name, sizeof(name)) &&
		    take_word(&line, next, module, sizeof(module)))
			consider(search, name, module);
	}
}

static void search_kernel(struct search *search)
{
	const struct module_export *export;

	for (export = __exports_start; export < __exports_end; export ++)
		consider(search, export->name, "the kernel");
}

static void read_index(struct exporters *exporters)
{
	exporters->read = true;
	if (source_load(INDEX_PATH, INDEX_LIMIT, THIS_MODULE, &exporters->index, &exporters->size))
		exporters->index = NULL;
}

void exporters_text(struct exporters *exporters, const char *reason, char text[EXPORTERS_TEXT])
{
	char symbol[SYMBOL_SHOWN];
	struct search search = {.symbol = symbol};
	size_t length;

	text[0] = '\0';
	if (!reason_symbol(reason, symbol, sizeof(symbol)))
		return;
	length = strlen(symbol);
	if (strlen(reason) < length || strcmp(reason + strlen(reason) - length, symbol) != 0)
		return;
	if (!exporters->read)
		read_index(exporters);
	search.distance = name_reach(symbol) + 1;
	if (exporters->index)
		search_index(exporters, &search);
	if (search.distance == 0) {
		format_text(text, EXPORTERS_TEXT, ": /modules/%s.ko would export it",
			    search.module);
		return;
	}
	search_kernel(&search);
	if (search.name[0])
		format_text(text, EXPORTERS_TEXT,
			    ": nothing exports it; the nearest name is %s, of %s", search.name,
			    search.module);
	else
		strlcpy(text, ": nothing exports it", EXPORTERS_TEXT);
}
