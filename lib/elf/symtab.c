/*
 * Function names that outlive the file. The rule: what a table says lies in its one buffer, so that
 * a tombstone keeps it by keeping that buffer.
 */
#include <lib/compiler.h>

#include "elf_internal.h"

/* Functions, and the labels of assembly code. */
static bool is_function(const struct elf_image *image, uint32_t segment,
			const struct elf_symbol *symbol)
{
	uint32_t type = elf_symbol_type(symbol);

	return (type == STT_FUNC || type == STT_NOTYPE) && symbol->st_shndx != SHN_UNDEF &&
	       symbol->st_shndx < image->section_count &&
	       image->places[symbol->st_shndx].segment == segment &&
	       *elf_symbol_name(image, symbol) != '\0';
}

size_t symtab_build(const struct elf_image *image, uint32_t segment, void *buffer,
		    struct symtab *table)
{
	size_t used = 0;

	for (uint32_t i = 1; i < image->symbol_count; i++) {
		const struct elf_symbol *symbol = elf_symbol_at(image, i);
		struct symtab_entry *entry;
		const char *name;
		size_t size, length;

		if (!is_function(image, segment, symbol))
			continue;
		name = elf_symbol_name(image, symbol);
		length = strnlen(name, SYMTAB_NAME_LONGEST);
		size = align_up(sizeof(*entry) + length + 1, sizeof(uint32_t));
		if (buffer != NULL) {
			entry = (struct symtab_entry *)((char *)buffer + used);
			entry->offset =
			    image->places[symbol->st_shndx].offset + (uint32_t)symbol->st_value;
			entry->size = (uint32_t)size & INT32_MAX;
			entry->global = elf_symbol_binding(symbol) != STB_LOCAL;
			memcpy(entry->name, name, length);
			entry->name[length] = '\0';
		}
		used += size;
	}
	if (buffer != NULL)
		*table = (struct symtab){buffer, (uint32_t)used};
	return max(used, (size_t)1);
}

const struct symtab_entry *symtab_next(const struct symtab *table, uint32_t *next)
{
	const char *entries = (const char *)table->entries;
	const struct symtab_entry *entry = (const struct symtab_entry *)(entries + *next);

	if (*next >= table->size)
		return NULL;
	*next += entry->size;
	return entry;
}

const char *symtab_find(const struct symtab *table, uint32_t offset, uint32_t *within)
{
	const struct symtab_entry *entry, *best = NULL;
	uint32_t next = 0;

	while ((entry = symtab_next(table, &next)))
		if (entry->offset <= offset && (best == NULL || entry->offset > best->offset))
			best = entry;
	if (best == NULL)
		return NULL;
	*within = offset - best->offset;
	return best->name;
}
