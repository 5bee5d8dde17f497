/*
 * Symbols become values. The rule: after this there is one number for every index that a relocation
 * can name, and a name is looked at, hashed and looked up once however often it is used.
 */
#include <lib/elf_link.h>

#include <lib/errno.h>
#include <lib/hash.h>

#include "elf_internal.h"

struct link {
	const struct elf_image *image;
	const struct elf_place *places;
	const struct elf_memory *memory;
	elf_resolve *resolve;
	void *context;
	struct elf_diag *diag;
};

static int link_undefined(const struct link *link, uint32_t index, const struct elf_symbol *symbol,
			  uint64_t *value)
{
	const char *name = elf_symbol_name(link->image, symbol);
	bool weak = elf_symbol_binding(symbol) == STB_WEAK;
	int err = link->resolve(link->context, name, hash_text32(name), weak, value);

	if (err == -ENOENT && weak) {
		*value = 0;
		return 0;
	}
	if (err == 0)
		return 0;
	return elf_refuse_section(
	    link->image, link->image->symbol_section, link->diag,
	    (struct elf_diag){.err = err,
			      .reason = err == -ENOENT ? ELF_SYMBOL_UNKNOWN : ELF_SYMBOL_REFUSED,
			      .index = index,
			      .name = elf_text_of(name)});
}

static uint64_t defined_value(const struct link *link, const struct elf_symbol *symbol)
{
	const struct elf_place *place;

	if (symbol->st_shndx == SHN_ABS)
		return symbol->st_value;
	place = &link->places[symbol->st_shndx];
	if (place->segment == ELF_NOT_LOADED)
		return ELF_UNRESOLVED;
	return link->memory->segment[place->segment].run + place->offset + symbol->st_value;
}

int elf_link_symbols(const struct elf_image *image, const struct elf_place *places,
		     const struct elf_memory *memory, elf_resolve *resolve, void *context,
		     uint64_t *values, struct elf_diag *diag)
{
	struct link link = {image, places, memory, resolve, context, diag};
	struct elf_symbol symbol;
	int err;

	if (image->symbol_count > 0)
		values[0] = 0; /* the symbol of relocations that have none */
	for (uint32_t i = 1; i < image->symbol_count; i++) {
		elf_symbol_at(image, i, &symbol);
		if (symbol.st_shndx != SHN_UNDEF) {
			values[i] = defined_value(&link, &symbol);
			continue;
		}
		err = link_undefined(&link, i, &symbol, &values[i]);
		if (err != 0)
			return err;
	}
	return 0;
}
