/*
 * A whole load of arbitrary bytes, short of running them. The mutator knows the format: mostly it
 * bends one field of one header, symbol or relocation towards a value that bounds are about, and
 * keeps the first bytes such that the file gets past them.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cure.h"
#include "fuzz.h"

#include "../../tools/komod-check/trial.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static uint32_t state;

static uint32_t draw(uint32_t below)
{
	state = state * 1664525u + 1013904223u;
	return (uint32_t)(((uint64_t)state * below) >> 32);
}

static uint64_t interesting(size_t size, uint32_t count)
{
	const uint64_t values[] = {
	    0,		1,	  2,	  4,	  size,	     size - 1,	 size + 1,   count,
	    count - 1,	0xff00,	  0xfff1, 0xfff2, 0xffff,    1ull << 31, 1ull << 32, 1ull << 63,
	    UINT64_MAX, 0ull - 4, 4096,	  8192,	  draw(256), draw(65536)};

	return values[draw(sizeof(values) / sizeof(values[0]))];
}

static void fix_header(struct elf_header *header)
{
	memcpy(header->e_ident, "\177ELF\2\1\1", 7);
	header->e_type = ET_REL;
	header->e_machine = EM_X86_64;
	header->e_version = EV_CURRENT;
	header->e_shentsize = sizeof(struct elf_section);
}

/* Overwrites one field of the entry at @at, whose fields are @widths bytes wide. */
static void bend(uint8_t *at, const uint8_t *widths, unsigned fields, uint64_t value)
{
	unsigned field = draw(fields);

	for (unsigned i = 0; i < field; i++)
		at += widths[i];
	memcpy(at, &value, widths[field]);
}

static void bend_entry(uint8_t *data, size_t size, const struct elf_section *section)
{
	static const uint8_t symbol[] = {4, 1, 1, 2, 8, 8}, rela[] = {8, 4, 4, 8};
	uint64_t entry = draw(64);

	if (section->sh_offset > size || section->sh_size > size - section->sh_offset ||
	    (entry + 1) * 24 > section->sh_size)
		return;
	data += section->sh_offset + entry * 24;
	if (section->sh_type == SHT_SYMTAB)
		bend(data, symbol, sizeof(symbol), interesting(size, 30));
	else
		bend(data, rela, sizeof(rela), interesting(size, 30));
}

static void bend_table(uint8_t *data, size_t size)
{
	static const uint8_t widths[] = {4, 4, 8, 8, 8, 8, 4, 4, 8, 8};
	struct elf_header header;
	struct elf_section section;
	uint8_t *at;

	memcpy(&header, data, sizeof(header));
	if (header.e_shnum == 0 || header.e_shoff > size ||
	    header.e_shnum * sizeof(section) > size - header.e_shoff)
		return;
	at = data + header.e_shoff + draw(header.e_shnum) * sizeof(section);
	memcpy(&section, at, sizeof(section));
	if ((section.sh_type == SHT_SYMTAB || section.sh_type == SHT_RELA) && draw(4) != 0)
		bend_entry(data, size, &section);
	else
		bend(at, widths, sizeof(widths), interesting(size, header.e_shnum));
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	state = seed;
	if (size < sizeof(struct elf_header) || draw(5) == 0)
		size = LLVMFuzzerMutate(data, size, max_size);
	else
		bend_table(data, size);
	if (size >= sizeof(struct elf_header) && draw(16) != 0)
		fix_header((struct elf_header *)data);
	return size;
}

/* What the kernel does with a good file besides linking it. */
static void look_around(const struct trial *trial)
{
	char name[MODULE_NAME_SIZE];
	struct elf_text field;
	const char *value;
	uint32_t position = 0, within;
	uint64_t cursor = 0;
	struct symtab table;
	void *buffer;
	bool weak;

	while (module_file_info_next(&trial->file, &cursor, &field, &value))
		FUZZ_CHECK(strlen(value) < trial->file.information_size);
	cursor = 0;
	while ((value = module_file_info(&trial->file, "depends", &cursor)) != NULL)
		while (module_depends_next(&value, name))
			FUZZ_CHECK(*name != '\0' && strlen(name) <= MODULE_NAME_MAX);
	while (elf_next_undefined(&trial->file.image, &position, &value, &weak))
		(void)strlen(value);
	buffer = malloc(symtab_build(&trial->file.image, ELF_TEXT, NULL, NULL));
	symtab_build(&trial->file.image, ELF_TEXT, buffer, &table);
	value = symtab_find(&table, 100, &within);
	if (value != NULL)
		(void)strlen(value);
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct elf_limits limits = {1 << 20, 1 << 20, TRIAL_PAGE};
	char cure[CURE_TEXT];
	struct trial trial;

	if (trial_run(&trial, data, size, &limits) == 0) {
		look_around(&trial);
	} else {
		FUZZ_CHECK(strlen(trial.report.text) > 10);
		if (reason_cure(trial.report.text, cure, sizeof(cure)))
			FUZZ_CHECK(strlen(cure) < sizeof(cure) - 1);
	}
	trial_end(&trial);
	return 0;
}
