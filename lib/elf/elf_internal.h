#pragma once

#include <stdbool.h>
#include <string.h>

#include <lib/elf_image.h>

/* What the parts of lib/elf share with each other. */

static inline struct elf_text elf_text_of(const char *text)
{
	return (struct elf_text){text, (uint32_t)strlen(text)};
}

static inline bool elf_section_is_loaded(const struct elf_section *section)
{
	return section->sh_type != SHT_NULL && (section->sh_flags & SHF_ALLOC);
}

static inline bool elf_is_percpu(const char *name)
{
	return strncmp(name, ".percpu", 7) == 0 && (name[7] == '\0' || name[7] == '.');
}

/* elf_refuse with section and section_name set; section names must have been checked. */
int elf_refuse_section(const struct elf_image *image, uint32_t index, struct elf_diag *diag,
		       struct elf_diag filled);

/* Every symbol of an image whose sections are good. */
int elf_check_symbols(const struct elf_image *image, struct elf_diag *diag);
