/*
 * Validation of a relocatable file, as named steps that each rely on those before: header, section
 * table, name table, sections one by one, then symbols (symbol.c). The rule: a number from the file
 * is compared with what it has to stay below before it is used, and bounds are decided by offset <=
 * size && length <= size - offset.
 */
#include <lib/elf_image.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include "elf_internal.h"

#define TEXT(literal) ((struct elf_text){literal, sizeof(literal) - 1})

int elf_refuse_section(const struct elf_image *image, uint32_t index, struct elf_diag *diag,
		       struct elf_diag filled)
{
	struct elf_section section;

	elf_section_at(image, index, &section);
	filled.section = index;
	filled.section_name.at = elf_section_name(image, &section);
	filled.section_name.length = (uint32_t)strlen(filled.section_name.at);
	return elf_refuse(diag, filled);
}

static int check_type(const struct elf_header *header, struct elf_diag *diag)
{
	enum elf_reason reason = ELF_TYPE;

	if (header->e_type == ET_REL)
		return 0;
	if (header->e_type == ET_EXEC)
		reason = ELF_TYPE_EXEC;
	if (header->e_type == ET_DYN)
		reason = ELF_TYPE_DYN;
	return elf_refuse(
	    diag, (struct elf_diag){.reason = reason, .value = header->e_type, .limit = ET_REL});
}

static int check_header(const struct elf_header *header, struct elf_diag *diag)
{
	const struct {
		uint32_t found, wanted;
		enum elf_reason reason;
		struct elf_text field;
	} fields[] = {
	    {header->e_ident[EI_CLASS], ELFCLASS64, ELF_CLASS, {}},
	    {header->e_ident[EI_DATA], ELFDATA2LSB, ELF_BYTE_ORDER, {}},
	    {header->e_ident[EI_VERSION], EV_CURRENT, ELF_VERSION, TEXT("e_ident[EI_VERSION]")},
	    {header->e_machine, EM_X86_64, ELF_MACHINE, {}},
	    {header->e_version, EV_CURRENT, ELF_VERSION, TEXT("e_version")},
	};

	if (memcmp(header->e_ident, "\177ELF", 4) != 0)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_MAGIC});
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].found != fields[i].wanted)
			return elf_refuse(diag, (struct elf_diag){.reason = fields[i].reason,
								  .field = fields[i].field,
								  .value = fields[i].found,
								  .limit = fields[i].wanted});
	return check_type(header, diag);
}

static int refuse_numbering(struct elf_text field, uint32_t value, struct elf_diag *diag)
{
	return elf_refuse(
	    diag,
	    (struct elf_diag){.reason = ELF_EXTENDED_NUMBERING, .field = field, .value = value});
}

/* Section 0 holds the number of sections when e_shnum cannot. */
static int check_section_table(struct elf_image *image, const struct elf_header *header,
			       struct elf_diag *diag)
{
	if (header->e_shnum == 0 && header->e_shoff != 0)
		return refuse_numbering(TEXT("e_shnum"), 0, diag);
	if (header->e_shnum == 0)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_NO_SECTIONS});
	if (header->e_shnum >= SHN_LORESERVE)
		return refuse_numbering(TEXT("e_shnum"), header->e_shnum, diag);
	if (header->e_shentsize != sizeof(struct elf_section))
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_SECTION_ENTRY_SIZE,
							  .value = header->e_shentsize,
							  .limit = sizeof(struct elf_section)});
	if (!bytes_in_range(header->e_shoff, header->e_shnum * sizeof(struct elf_section),
			    image->size))
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_SECTION_TABLE_BOUNDS,
							  .index = header->e_shnum,
							  .value = header->e_shoff,
							  .limit = image->size});
	image->section_table = image->bytes + header->e_shoff;
	image->section_count = header->e_shnum;
	return 0;
}

static int check_bounds(const struct elf_image *image, uint32_t index,
			const struct elf_section *section, struct elf_diag *diag)
{
	if (section->sh_type == SHT_NOBITS ||
	    bytes_in_range(section->sh_offset, section->sh_size, image->size))
		return 0;
	/* Section names may not be known yet. */
	return elf_refuse(diag, (struct elf_diag){.reason = ELF_SECTION_BOUNDS,
						  .section = index,
						  .index = section->sh_size,
						  .value = section->sh_offset,
						  .limit = image->size});
}

/* A string table that ends in NUL, so that every string that begins in it ends in it. */
static int check_strings(const struct elf_image *image, uint32_t index,
			 const struct elf_section *section, struct elf_diag *diag)
{
	int err = check_bounds(image, index, section, diag);
	uint8_t last;

	if (err != 0)
		return err;
	if (section->sh_size == 0)
		return elf_refuse(diag,
				  (struct elf_diag){.reason = ELF_STRINGS_EMPTY, .section = index});
	last = elf_section_bytes(image, section)[section->sh_size - 1];
	if (last != 0)
		return elf_refuse(
		    diag,
		    (struct elf_diag){.reason = ELF_STRINGS_END, .section = index, .value = last});
	return 0;
}

/* All names, once: after it a refusal can name its section. */
static int check_section_names(struct elf_image *image, uint32_t names, struct elf_diag *diag)
{
	struct elf_section table, section;
	int err;

	if (names == SHN_XINDEX)
		return refuse_numbering(TEXT("e_shstrndx"), names, diag);
	if (names == 0 || names >= image->section_count)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_NAME_TABLE_INDEX,
							  .value = names,
							  .limit = image->section_count});
	elf_section_at(image, names, &table);
	if (table.sh_type != SHT_STRTAB)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_NAME_TABLE_TYPE,
							  .section = names,
							  .value = table.sh_type,
							  .limit = SHT_STRTAB});
	err = check_strings(image, names, &table, diag);
	if (err != 0)
		return err;
	image->section_names = (const char *)elf_section_bytes(image, &table);
	for (uint32_t i = 0; i < image->section_count; i++) {
		elf_section_at(image, i, &section);
		if (section.sh_name >= table.sh_size)
			return elf_refuse(diag, (struct elf_diag){.reason = ELF_SECTION_NAME,
								  .section = i,
								  .value = section.sh_name,
								  .limit = table.sh_size});
	}
	return 0;
}

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_constructors(const struct elf_section *section, const char *name)
{
	return (section->sh_type >= SHT_INIT_ARRAY && section->sh_type <= SHT_PREINIT_ARRAY) ||
	       has_prefix(name, ".init_array") || has_prefix(name, ".fini_array") ||
	       has_prefix(name, ".preinit_array") || has_prefix(name, ".ctors") ||
	       has_prefix(name, ".dtors");
}

static bool is_loadable_type(uint32_t type)
{
	return type == SHT_PROGBITS || type == SHT_NOBITS || type == SHT_NOTE ||
	       type == SHT_X86_64_UNWIND;
}

/* What only a section that is going to be loaded has to be. */
static int check_loaded(const struct elf_image *image, uint32_t index,
			const struct elf_section *section, uint64_t page, struct elf_diag *diag)
{
	const char *name = elf_section_name(image, section);
	struct elf_diag filled = {.value = section->sh_flags};

	if (is_constructors(section, name)) {
		filled.reason = ELF_CONSTRUCTORS;
	} else if (!is_loadable_type(section->sh_type)) {
		filled.reason = ELF_SECTION_TYPE;
		filled.value = section->sh_type;
	} else if (section->sh_flags & SHF_COMPRESSED) {
		filled.reason = ELF_SECTION_COMPRESSED;
	} else if (section->sh_addralign > page ||
		   (section->sh_addralign & (section->sh_addralign - 1)) != 0) {
		filled.reason = ELF_ALIGNMENT;
		filled.value = section->sh_addralign;
		filled.limit = page;
	} else if ((section->sh_flags & SHF_EXECINSTR) && elf_is_percpu(name)) {
		filled.reason = ELF_PERCPU_CODE;
	} else {
		return 0;
	}
	return elf_refuse_section(image, index, diag, filled);
}

static int refuse_link(const struct elf_image *image, uint32_t index, uint32_t link,
		       struct elf_text wanted, struct elf_diag *diag)
{
	return elf_refuse_section(
	    image, index, diag,
	    (struct elf_diag){
		.reason = ELF_LINK, .field = wanted, .value = link, .limit = image->section_count});
}

static int check_entries(const struct elf_image *image, uint32_t index,
			 const struct elf_section *section, uint64_t entry, struct elf_diag *diag)
{
	if (section->sh_entsize == entry && section->sh_size % entry == 0)
		return 0;
	return elf_refuse_section(image, index, diag,
				  (struct elf_diag){.reason = ELF_ENTRY_SIZE,
						    .index = section->sh_size,
						    .value = section->sh_entsize,
						    .limit = entry});
}

/* There is only one symbol table, so that a link to a symbol table is a link to it. */
static int check_relocations(const struct elf_image *image, uint32_t index,
			     const struct elf_section *section, struct elf_diag *diag)
{
	struct elf_section target;

	if (section->sh_link >= image->section_count)
		return refuse_link(image, index, section->sh_link, TEXT("symbol table"), diag);
	elf_section_at(image, section->sh_link, &target);
	if (target.sh_type != SHT_SYMTAB)
		return refuse_link(image, index, section->sh_link, TEXT("symbol table"), diag);
	if (section->sh_info >= image->section_count)
		return elf_refuse_section(image, index, diag,
					  (struct elf_diag){.reason = ELF_INFO,
							    .value = section->sh_info,
							    .limit = image->section_count});
	elf_section_at(image, section->sh_info, &target);
	if (!elf_section_is_loaded(&target))
		return 0;
	if (target.sh_type == SHT_NOBITS)
		return elf_refuse_section(
		    image, index, diag,
		    (struct elf_diag){.reason = ELF_RELOCATED_NOBITS, .value = section->sh_info});
	return check_entries(image, index, section, sizeof(struct elf_rela), diag);
}

static int check_symbol_table(struct elf_image *image, uint32_t index,
			      const struct elf_section *section, struct elf_diag *diag)
{
	struct elf_section strings;
	uint64_t count = section->sh_size / sizeof(struct elf_symbol);
	int err;

	if (image->symbol_section != 0)
		return elf_refuse_section(
		    image, index, diag,
		    (struct elf_diag){.reason = ELF_SYMBOL_TABLES, .value = image->symbol_section});
	err = check_entries(image, index, section, sizeof(struct elf_symbol), diag);
	if (err != 0)
		return err;
	if (section->sh_link >= image->section_count)
		return refuse_link(image, index, section->sh_link, TEXT("string table"), diag);
	elf_section_at(image, section->sh_link, &strings);
	if (strings.sh_type != SHT_STRTAB)
		return refuse_link(image, index, section->sh_link, TEXT("string table"), diag);
	if (section->sh_info > count)
		return elf_refuse_section(image, index, diag,
					  (struct elf_diag){.reason = ELF_INFO,
							    .value = section->sh_info,
							    .limit = count + 1});
	err = check_strings(image, section->sh_link, &strings, diag);
	if (err != 0)
		return err;
	image->symbol_section = index;
	image->symbol_count = (uint32_t)count;
	image->symbol_table = elf_section_bytes(image, section);
	image->strings = (const char *)elf_section_bytes(image, &strings);
	return 0;
}

static int check_section(struct elf_image *image, uint32_t index, uint64_t page,
			 struct elf_diag *diag)
{
	struct elf_section section;
	struct elf_diag filled = {};
	int err;

	elf_section_at(image, index, &section);
	if (section.sh_type == SHT_NULL)
		return 0;
	err = check_bounds(image, index, &section, diag);
	if (err != 0)
		return elf_refuse_section(image, index, diag, *diag);
	filled.value = section.sh_flags;
	if ((section.sh_flags & SHF_WRITE) && (section.sh_flags & SHF_EXECINSTR))
		filled.reason = ELF_WRITE_EXECUTE;
	else if (section.sh_flags & SHF_TLS)
		filled.reason = ELF_SECTION_TLS;
	else if (section.sh_type == SHT_REL)
		filled.reason = ELF_REL;
	else if (section.sh_type == SHT_SYMTAB_SHNDX)
		return refuse_numbering(TEXT("sh_type"), section.sh_type, diag);
	if (filled.reason != ELF_FINE)
		return elf_refuse_section(image, index, diag, filled);
	if (elf_section_is_loaded(&section))
		return check_loaded(image, index, &section, page, diag);
	if (section.sh_type == SHT_SYMTAB)
		return check_symbol_table(image, index, &section, diag);
	if (section.sh_type == SHT_RELA)
		return check_relocations(image, index, &section, diag);
	return 0;
}

int elf_image_validate(const void *bytes, size_t size, const struct elf_limits *limits,
		       struct elf_image *image, struct elf_diag *diag)
{
	struct elf_header header;
	int err;

	*image = (struct elf_image){.bytes = bytes, .size = size};
	*diag = (struct elf_diag){};
	if (size > limits->file)
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_FILE_LIMIT,
							  .value = size,
							  .limit = limits->file});
	if (size < sizeof(header))
		return elf_refuse(diag, (struct elf_diag){.reason = ELF_TOO_SHORT,
							  .value = size,
							  .limit = sizeof(header)});
	memcpy(&header, bytes, sizeof(header));
	err = check_header(&header, diag);
	if (err == 0)
		err = check_section_table(image, &header, diag);
	if (err == 0)
		err = check_section_names(image, header.e_shstrndx, diag);
	for (uint32_t i = 1; i < image->section_count && err == 0; i++)
		err = check_section(image, i, limits->page, diag);
	if (err == 0)
		err = elf_check_symbols(image, diag);
	return err;
}
