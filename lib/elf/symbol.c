/*
 * Validation of symbols, the last step of that of a file: names, kinds and bounds of each. It sees
 * thousands of them where there are tens of sections, so the rule is that a good symbol costs some
 * compares, and what is to be told about a bad one is put together afterwards.
 */
#include <lib/elf_image.h>

#include <lib/bytes.h>
#include <lib/compiler.h>

#include "elf_internal.h"

bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak)
{
	struct elf_symbol symbol;

	while (++*cursor < image->symbol_count) {
		elf_symbol_at(image, *cursor, &symbol);
		if (symbol.st_shndx != SHN_UNDEF)
			continue;
		*name = elf_symbol_name(image, &symbol);
		*weak = elf_symbol_binding(&symbol) == STB_WEAK;
		return true;
	}
	--*cursor;
	return false;
}

static enum elf_reason fault_of(const struct elf_image *image, const struct elf_symbol *symbol,
				uint64_t strings_size)
{
	uint32_t type = elf_symbol_type(symbol);
	struct elf_section section;

	if (symbol->st_name >= strings_size)
		return ELF_SYMBOL_NAME;
	if (symbol->st_shndx == SHN_COMMON || type == STT_COMMON)
		return ELF_SYMBOL_COMMON;
	if (type == STT_TLS)
		return ELF_SYMBOL_TLS;
	if (type == STT_GNU_IFUNC)
		return ELF_SYMBOL_IFUNC;
	if (symbol->st_shndx == SHN_ABS)
		return ELF_FINE;
	if (symbol->st_shndx == SHN_UNDEF)
		return strcmp(elf_symbol_name(image, symbol), "_GLOBAL_OFFSET_TABLE_") == 0
			   ? ELF_SYMBOL_GOT
			   : ELF_FINE;
	if (symbol->st_shndx >= image->section_count)
		return ELF_SYMBOL_SECTION;
	elf_section_at(image, symbol->st_shndx, &section);
	return bytes_in_range(symbol->st_value, symbol->st_size, section.sh_size)
		   ? ELF_FINE
		   : ELF_SYMBOL_VALUE;
}

static __noinline int refuse(const struct elf_image *image, uint32_t index, enum elf_reason reason,
			     uint64_t strings_size, struct elf_diag *diag)
{
	struct elf_diag filled = {.reason = reason, .index = index};
	struct elf_symbol symbol;
	struct elf_section section;

	elf_symbol_at(image, index, &symbol);
	filled.value = symbol.st_shndx;
	filled.limit = image->section_count;
	if (reason == ELF_SYMBOL_NAME) {
		filled.value = symbol.st_name;
		filled.limit = strings_size;
	} else {
		filled.name = elf_text_of(elf_symbol_name(image, &symbol));
	}
	if (reason == ELF_SYMBOL_VALUE) {
		elf_section_at(image, symbol.st_shndx, &section);
		filled.value = symbol.st_value;
		filled.limit = section.sh_size;
	}
	return elf_refuse_section(image, image->symbol_section, diag, filled);
}

int elf_check_symbols(const struct elf_image *image, struct elf_diag *diag)
{
	struct elf_section table, strings;

	if (image->symbol_section == 0)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_NO_SYMBOLS});
	elf_section_at(image, image->symbol_section, &table);
	elf_section_at(image, table.sh_link, &strings);
	for (uint32_t i = 1; i < image->symbol_count; i++) {
		struct elf_symbol symbol;
		enum elf_reason reason;

		elf_symbol_at(image, i, &symbol);
		reason = fault_of(image, &symbol, strings.sh_size);
		if (unlikely(reason != ELF_FINE))
			return refuse(image, i, reason, strings.sh_size, diag);
	}
	return 0;
}
