/*
 * Function names that outlive the file. The rule: what a table says lies in its one buffer, so that
 * a tombstone keeps it by keeping that buffer.
 */
#include <lib/symtab.h>

#include <string.h>

#include "elf_internal.h"

/* Functions, and the labels of assembly code. */
static bool is_function(const struct elf_image *image, const struct elf_place *places,
			uint32_t segment, const struct elf_symbol *symbol)
{
	uint32_t type = elf_symbol_type(symbol);

	return symbol->st_shndx != SHN_UNDEF && symbol->st_shndx < image->section_count &&
	       places[symbol->st_shndx].segment == segment &&
	       (type == STT_FUNC || type == STT_NOTYPE) && *elf_symbol_name(image, symbol) != '\0';
}

size_t symtab_size(const struct elf_image *image, const struct elf_place *places, uint32_t segment)
{
	struct elf_symbol symbol;
	size_t size = 1;

	for (uint32_t i = 1; i < image->symbol_count; i++) {
		elf_symbol_at(image, i, &symbol);
		if (is_function(image, places, segment, &symbol))
			size += sizeof(struct symtab_entry) +
				strlen(elf_symbol_name(image, &symbol)) + 1;
	}
	return size;
}

static uint32_t count_functions(const struct elf_image *image, const struct elf_place *places,
				uint32_t segment)
{
	struct elf_symbol symbol;
	uint32_t count = 0;

	for (uint32_t i = 1; i < image->symbol_count; i++) {
		elf_symbol_at(image, i, &symbol);
		count += is_function(image, places, segment, &symbol);
	}
	return count;
}

void symtab_build(const struct elf_image *image, const struct elf_place *places, uint32_t segment,
		  void *buffer, struct symtab *table)
{
	struct symtab_entry *entry = buffer;
	struct elf_symbol symbol;
	char *names, *name;

	*table = (struct symtab){entry, count_functions(image, places, segment), NULL};
	name = names = (char *)(entry + table->count);
	table->names = names;
	for (uint32_t i = 1; i < image->symbol_count; i++) {
		size_t length;

		elf_symbol_at(image, i, &symbol);
		if (!is_function(image, places, segment, &symbol))
			continue;
		entry->offset = places[symbol.st_shndx].offset + (uint32_t)symbol.st_value;
		entry->name = (uint32_t)(name - names);
		length = strlen(elf_symbol_name(image, &symbol)) + 1;
		memcpy(name, elf_symbol_name(image, &symbol), length);
		name += length;
		entry++;
	}
}

const char *symtab_find(const struct symtab *table, uint32_t offset, uint32_t *within)
{
	const struct symtab_entry *best = NULL;

	for (const struct symtab_entry *entry = table->entries;
	     entry != table->entries + table->count; entry++)
		if (entry->offset <= offset && (best == NULL || entry->offset > best->offset))
			best = entry;
	if (best == NULL)
		return NULL;
	*within = offset - best->offset;
	return table->names + best->name;
}
