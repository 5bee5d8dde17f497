/*
 * Function names that outlive the file. The rule: what a table says lies in its one buffer, so that
 * a tombstone keeps it by keeping that buffer.
 */
#include <lib/symtab.h>

#include <string.h>

#include <lib/compiler.h>

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

static size_t entry_size(const char *name)
{
	return align_up(sizeof(struct symtab_entry) + strlen(name) + 1, sizeof(uint32_t));
}

size_t symtab_size(const struct elf_image *image, const struct elf_place *places, uint32_t segment)
{
	struct elf_symbol symbol;
	size_t size = 0;

	for (uint32_t i = 1; i < image->symbol_count; i++) {
		elf_symbol_at(image, i, &symbol);
		if (is_function(image, places, segment, &symbol))
			size += entry_size(elf_symbol_name(image, &symbol));
	}
	return max(size, (size_t)1);
}

void symtab_build(const struct elf_image *image, const struct elf_place *places, uint32_t segment,
		  void *buffer, struct symtab *table)
{
	struct symtab_entry *entry = buffer;
	struct elf_symbol symbol;

	*table = (struct symtab){entry, 0};
	for (uint32_t i = 1; i < image->symbol_count; i++) {
		const char *name;

		elf_symbol_at(image, i, &symbol);
		if (!is_function(image, places, segment, &symbol))
			continue;
		name = elf_symbol_name(image, &symbol);
		entry->offset = places[symbol.st_shndx].offset + (uint32_t)symbol.st_value;
		entry->size = (uint32_t)entry_size(name);
		memcpy(entry->name, name, strlen(name) + 1);
		entry = (struct symtab_entry *)((char *)entry + entry->size);
		table->count++;
	}
}

/* Of several names of one address the first: that is the author's own, `init_module` is a later
 * alias. */
const char *symtab_find(const struct symtab *table, uint32_t offset, uint32_t *within)
{
	const struct symtab_entry *entry = table->entries, *best = NULL;

	for (uint32_t i = 0; i < table->count; i++) {
		if (entry->offset <= offset && (best == NULL || entry->offset > best->offset))
			best = entry;
		entry = (const struct symtab_entry *)((const char *)entry + entry->size);
	}
	if (best == NULL)
		return NULL;
	*within = offset - best->offset;
	return best->name;
}
