#pragma once

#include <lib/elf_image.h>

/* What the parts of lib/elf share with each other. */

static inline bool elf_section_is_loaded(const struct elf_section *section)
{
	return section->sh_type != SHT_NULL && (section->sh_flags & SHF_ALLOC);
}

static inline bool elf_begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static inline bool elf_is_percpu(const char *name)
{
	return elf_begins(name, ".percpu") && (name[7] == '\0' || name[7] == '.');
}

/* symbols.c: the symbol table, of a file whose sections are good; true: refused. */
bool elf_check_symbols(struct elf_image *image);
