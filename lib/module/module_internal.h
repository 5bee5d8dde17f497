#pragma once

#include <string.h>

#include <lib/module_file.h>

/* What the parts of lib/module share with each other. */

static inline struct elf_text module_text(const char *text)
{
	return (struct elf_text){text, (uint32_t)strlen(text)};
}

/* elf_refuse with section and section_name set. */
static inline int module_refuse(const struct module_file *file, uint32_t index,
				struct elf_diag *diag, struct elf_diag filled)
{
	struct elf_section section;

	elf_section_at(&file->image, index, &section);
	filled.section = index;
	filled.section_name = module_text(elf_section_name(&file->image, &section));
	return elf_refuse(diag, filled);
}
