#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/elf.h>

/*
 * Makes relocatable files out of parts, good ones unless told otherwise; a test then bends one
 * field through the pointers below. Nothing here is shared with the code that reads such files.
 */
#define BUILDER_SECTIONS 32
#define BUILDER_SYMBOLS 64
#define BUILDER_RELOCATIONS 64

struct builder_rela {
	uint32_t target;
	struct elf_rela rela;
};

struct builder {
	struct elf_section sections[BUILDER_SECTIONS];
	char names[BUILDER_SECTIONS][40];
	const void *contents[BUILDER_SECTIONS];
	uint32_t section_count;
	struct elf_symbol symbols[BUILDER_SYMBOLS];
	char symbol_names[BUILDER_SYMBOLS][64];
	uint32_t symbol_count;
	struct builder_rela relocations[BUILDER_RELOCATIONS];
	uint32_t relocation_count;

	/* after builder_finish */
	uint8_t *bytes;
	size_t size;
	uint32_t symtab, strtab, shstrtab; /* section indices */
};

/* An empty builder: sections and symbols begin with the null ones. */
void builder_begin(struct builder *builder);
/* @contents must live until builder_finish; NULL: zeros (and SHT_NOBITS has none). */
uint32_t builder_section(struct builder *builder, const char *name, uint32_t type, uint64_t flags,
			 const void *contents, uint64_t size);
uint32_t builder_symbol(struct builder *builder, const char *name, uint32_t binding, uint32_t type,
			uint32_t section, uint64_t value);
void builder_rela(struct builder *builder, uint32_t target, uint64_t offset, uint32_t type,
		  uint32_t symbol, int64_t addend);
/* Writes the file: builder->bytes, which builder_end frees. Section names are put at the end. */
void builder_finish(struct builder *builder);
void builder_end(struct builder *builder);

/* Into the finished file. */
struct elf_header *builder_header(struct builder *builder);
struct elf_section *builder_section_at(struct builder *builder, uint32_t index);
struct elf_symbol *builder_symbol_at(struct builder *builder, uint32_t index);
struct elf_rela *builder_rela_at(struct builder *builder, uint32_t target, uint32_t index);
uint8_t *builder_bytes_of(struct builder *builder, uint32_t index);
uint32_t builder_find(const struct builder *builder, const char *name);

/*
 * A good module "sample": init and exit, one export, parameters number (int), words (charp array of
 * 3 with a count) and label (string of 8), a per-CPU variable, an undefined symbol, debug
 * information. Not finished.
 */
void builder_module(struct builder *builder);
