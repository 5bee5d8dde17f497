#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <lib/elf.h>
#include <lib/elf_diag.h>

/*
 * A relocatable file in memory, checked once. Every bound of every table and string is decided in
 * elf_image_validate; after it the accessors here cannot fail, and they check nothing. What stands
 * in relocation entries is not read before elf_relocate, which checks each entry as it applies it.
 * The bytes belong to the caller, must stay and must not change while the image is used.
 */
struct elf_limits {
	uint64_t file; /* bytes */
	uint64_t load; /* bytes to be loaded, bss included; below 2 GiB */
	uint64_t page; /* bytes; also the largest alignment of a section */
};

#define ELF_LIMITS_DEFAULT ((struct elf_limits){64ull << 20, 64ull << 20, 4096})

struct elf_image {
	const uint8_t *bytes;
	uint64_t size;
	const uint8_t *section_table;
	uint32_t section_count;
	uint32_t symbol_section;
	uint32_t symbol_count;
	const uint8_t *symbol_table;
	const char *strings; /* of symbols */
	const char *section_names;
};

/*
 * 0, or what @diag says: -ENOEXEC, -E2BIG. Reads nothing outside of the bytes and allocates
 * nothing; cost is linear in sections and symbols.
 */
int elf_image_validate(const void *bytes, size_t size, const struct elf_limits *limits,
		       struct elf_image *image, struct elf_diag *diag);

/* @index below section_count; @section is a copy. */
static inline void elf_section_at(const struct elf_image *image, uint32_t index,
				  struct elf_section *section)
{
	memcpy(section, image->section_table + (uint64_t)index * sizeof(*section),
	       sizeof(*section));
}

static inline const char *elf_section_name(const struct elf_image *image,
					   const struct elf_section *section)
{
	return image->section_names + section->sh_name;
}

/* The section's bytes in the file; not for SHT_NOBITS. */
static inline const uint8_t *elf_section_bytes(const struct elf_image *image,
					       const struct elf_section *section)
{
	return image->bytes + section->sh_offset;
}

/* @index below symbol_count; @symbol is a copy. */
static inline void elf_symbol_at(const struct elf_image *image, uint32_t index,
				 struct elf_symbol *symbol)
{
	memcpy(symbol, image->symbol_table + (uint64_t)index * sizeof(*symbol), sizeof(*symbol));
}

static inline const char *elf_symbol_name(const struct elf_image *image,
					  const struct elf_symbol *symbol)
{
	return image->strings + symbol->st_name;
}

/*
 * The undefined symbols, weak ones too, in file order: starts at *@cursor = 0, false at the end.
 */
bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak);
