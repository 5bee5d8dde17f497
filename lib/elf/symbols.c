/*
 * Validation of the symbol table. Each symbol is looked at once. The rule: a file that is refused
 * for what a compiler option did to it is refused for what tells the option; so one that has
 * constructors, which options make, is not refused for the offset table that theirs use.
 */
#include <lib/bytes.h>

#include "elf_internal.h"

#define OFFSET_TABLE "_GLOBAL_OFFSET_TABLE_"

static bool check_undefined(struct elf_image *image, uint32_t index, const char *name)
{
	image->undefined_count++;
	if (*name == '\0')
		return elf_refuse(image, "symbol %u is undefined and has no name", index);
	if (!image->constructors && strcmp(name, OFFSET_TABLE) == 0)
		return elf_refuse(image, "symbol %u (" OFFSET_TABLE "): position-independent code",
				  index);
	if (image->undefined_count > ELF_UNDEFINED_MOST)
		return elf_refuse(image, "symbol %u (%pT): more than %u undefined symbols", index,
				  name, ELF_UNDEFINED_MOST);
	return false;
}

/* There are thousands of symbols where there are tens of sections: a good one costs some compares.
 */
static bool check_symbol(struct elf_image *image, uint32_t index)
{
	const struct elf_symbol *symbol = elf_symbol_at(image, index);
	uint32_t type = elf_symbol_type(symbol), place = symbol->st_shndx;
	const char *name;
	uint64_t size;

	if (symbol->st_name >= image->strings_size)
		return elf_refuse(image,
				  "symbol %u: st_name %u is not below %lu, the size of the "
				  "string table",
				  index, symbol->st_name, image->strings_size);
	name = elf_symbol_name(image, symbol);
	if (place == SHN_COMMON || type == STT_COMMON)
		return elf_refuse(image, "symbol %u (%pT) is COMMON", index, name);
	if (type == STT_TLS)
		return elf_refuse(image, "symbol %u (%pT) is thread-local", index, name);
	if (type == STT_GNU_IFUNC)
		return elf_refuse(image, "symbol %u (%pT) is an IFUNC, chosen when loading", index,
				  name);
	if (place == SHN_UNDEF)
		return check_undefined(image, index, name);
	if (place == SHN_ABS)
		return false;
	if (place >= image->section_count)
		return elf_refuse(image, "symbol %u (%pT): st_shndx %#x is not below %u", index,
				  name, place, image->section_count);
	size = elf_section_at(image, place)->sh_size;
	if (!bytes_in_range(symbol->st_value, symbol->st_size, size))
		return elf_refuse(image,
				  "symbol %u (%pT): st_value %lu with its st_size does not lie in "
				  "the %lu bytes of its section",
				  index, name, symbol->st_value, size);
	return false;
}

bool elf_check_symbols(struct elf_image *image)
{
	image->about = image->symbol_section;
	if (image->symbol_section == 0)
		return elf_refuse(image, "no symbol table");
	for (uint32_t i = 1; i < image->symbol_count; i++)
		if (unlikely(check_symbol(image, i)))
			return true;
	return false;
}

bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak)
{
	while (*cursor + 1 < image->symbol_count) {
		const struct elf_symbol *symbol = elf_symbol_at(image, ++*cursor);

		if (symbol->st_shndx != SHN_UNDEF)
			continue;
		*name = elf_symbol_name(image, symbol);
		*weak = elf_symbol_binding(symbol) == STB_WEAK;
		return true;
	}
	return false;
}
