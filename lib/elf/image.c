/*
 * Validation of a relocatable file, as named steps that each rely on those before: header, section
 * table, name table, sections one by one, then symbols, then sizes. The rule: a number from the
 * file is compared with what it has to stay below before it is used, and bounds are decided by
 * offset <= size && length <= size - offset.
 */
#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include "elf_internal.h"

#define NUMBERING                                                                                  \
	": extended section numbering; build with fewer sections (no -ffunction-sections, no "     \
	"-fdata-sections)"

int elf_refuse_at(const struct elf_image *image, uint32_t index, int err, uint64_t value,
		  uint64_t limit, const char *sentence)
{
	struct elf_section section;

	elf_section_at(image, index, &section);
	image->diag->section = index;
	image->diag->section_name = elf_text_of(elf_section_name(image, &section));
	return elf_refuse(image->diag, err, value, limit, sentence);
}

static int check_header(const struct elf_header *header, struct elf_diag *diag)
{
	const struct {
		uint32_t found, wanted;
		const char *sentence;
	} fields[] = {
	    {header->e_ident[EI_CLASS], ELFCLASS64,
	     "e_ident[EI_CLASS] is {value}, not {limit}: not a 64-bit object; compile for x86-64 "
	     "(-m64)"},
	    {header->e_ident[EI_DATA], ELFDATA2LSB,
	     "e_ident[EI_DATA] is {value}, not {limit}: not little-endian; compile for x86-64"},
	    {header->e_ident[EI_VERSION], EV_CURRENT,
	     "e_ident[EI_VERSION] is {value}, not {limit}"},
	    {header->e_machine, EM_X86_64,
	     "e_machine is {value}, not {limit}: built for another processor; compile for x86-64"},
	    {header->e_version, EV_CURRENT, "e_version is {value}, not {limit}"},
	    {header->e_type, ET_REL,
	     "e_type is {value}, not {limit}: not a relocatable file; link the module with ld -r, "
	     "not as a program, and not with -shared or -pie"},
	    {header->e_shentsize, sizeof(struct elf_section),
	     "e_shentsize is {value}, not {limit}"},
	};

	if (memcmp(header->e_ident, "\177ELF", 4) != 0)
		return elf_refuse(diag, ENOEXEC, 0, 0,
				  "not an ELF file: e_ident does not begin with 7f 45 4c 46");
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].found != fields[i].wanted)
			return elf_refuse(diag, ENOEXEC, fields[i].found, fields[i].wanted,
					  fields[i].sentence);
	return 0;
}

/* Section 0 holds the number of sections when e_shnum cannot. */
static int check_section_table(struct elf_image *image, const struct elf_header *header)
{
	struct elf_diag *diag = image->diag;

	if (header->e_shnum == 0 && header->e_shoff == 0)
		return elf_refuse(diag, ENOEXEC, 0, 0, "e_shnum is 0: there are no sections");
	if (header->e_shnum == 0 || header->e_shnum >= SHN_LORESERVE)
		return elf_refuse(diag, ENOEXEC, header->e_shnum, 0, "e_shnum is {hex}" NUMBERING);
	diag->index = header->e_shnum;
	if (!bytes_in_range(header->e_shoff, header->e_shnum * sizeof(struct elf_section),
			    image->size))
		return elf_refuse(diag, ENOEXEC, header->e_shoff, image->size,
				  "the section table, {index} entries at e_shoff {value}, does not "
				  "lie in the file's {limit} bytes");
	image->section_table = image->bytes + header->e_shoff;
	image->section_count = header->e_shnum;
	return 0;
}

/* The diagnosis is about this section already, whose name may not be known yet. */
static int check_bounds(const struct elf_image *image, const struct elf_section *section)
{
	image->diag->index = section->sh_size;
	if (section->sh_type == SHT_NOBITS ||
	    bytes_in_range(section->sh_offset, section->sh_size, image->size))
		return 0;
	return elf_refuse(
	    image->diag, ENOEXEC, section->sh_offset, image->size,
	    "{index} bytes at sh_offset {value} do not lie in the file's {limit} bytes");
}

/* A string table that ends in NUL, so that every string that begins in it ends in it. */
static int check_strings(const struct elf_image *image, uint32_t index,
			 const struct elf_section *section)
{
	uint8_t last;

	image->diag->section = index;
	image->diag->section_name = (struct elf_text){};
	if (check_bounds(image, section))
		return image->diag->err;
	if (section->sh_size == 0)
		return elf_refuse(image->diag, ENOEXEC, 0, 0, "an empty string table");
	last = elf_section_bytes(image, section)[section->sh_size - 1];
	if (last != 0)
		return elf_refuse(image->diag, ENOEXEC, last, 0,
				  "the string table's last byte is {value}, not 0");
	return 0;
}

/* All names, once: after it a refusal can name its section. */
static int check_section_names(struct elf_image *image, uint32_t names)
{
	struct elf_diag *diag = image->diag;
	struct elf_section table, section;

	if (names == SHN_XINDEX)
		return elf_refuse(diag, ENOEXEC, names, 0, "e_shstrndx is {hex}" NUMBERING);
	if (names == 0 || names >= image->section_count)
		return elf_refuse(diag, ENOEXEC, names, image->section_count,
				  "e_shstrndx is {value}, not from 1 to below {limit}");
	elf_section_at(image, names, &table);
	diag->section = names;
	if (table.sh_type != SHT_STRTAB)
		return elf_refuse(diag, ENOEXEC, table.sh_type, SHT_STRTAB,
				  "e_shstrndx names it, but it has sh_type {value}, not {limit} (a "
				  "string table)");
	if (check_strings(image, names, &table))
		return diag->err;
	image->section_names = (const char *)elf_section_bytes(image, &table);
	for (uint32_t i = 0; i < image->section_count; i++) {
		elf_section_at(image, i, &section);
		diag->section = i;
		if (section.sh_name >= table.sh_size)
			return elf_refuse(
			    diag, ENOEXEC, section.sh_name, table.sh_size,
			    "sh_name {value} is not below {limit}, the size of the name table");
	}
	return 0;
}

static bool is_constructors(const struct elf_section *section, const char *name)
{
	static const char *const prefixes[] = {".init_array", ".fini_array", ".preinit_array",
					       ".ctors", ".dtors"};

	for (unsigned i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return section->sh_type >= SHT_INIT_ARRAY && section->sh_type <= SHT_PREINIT_ARRAY;
}

static bool is_loadable_type(uint32_t type)
{
	return type == SHT_PROGBITS || type == SHT_NOBITS || type == SHT_NOTE ||
	       type == SHT_X86_64_UNWIND;
}

/* What only a section that is going to be loaded has to be. */
static int check_loaded(const struct elf_image *image, const struct elf_section *section)
{
	const char *name = elf_section_name(image, section);
	struct elf_diag *diag = image->diag;

	if (is_constructors(section, name))
		return elf_refuse(
		    diag, ENOEXEC, 0, 0,
		    "constructors and destructors are not run; call the function from module_init "
		    "or module_exit, without __attribute__((constructor))");
	if (!is_loadable_type(section->sh_type))
		return elf_refuse(diag, ENOEXEC, section->sh_type, 0,
				  "sh_type {hex} is not one that can be loaded");
	if (section->sh_flags & SHF_COMPRESSED)
		return elf_refuse(diag, ENOEXEC, section->sh_flags, 0,
				  "sh_flags {hex} say compressed, but it has to be loaded; link "
				  "without compressing it");
	if (section->sh_addralign > image->limits.page ||
	    (section->sh_addralign & (section->sh_addralign - 1)) != 0)
		return elf_refuse(diag, ENOEXEC, section->sh_addralign, image->limits.page,
				  "sh_addralign {value} is not a power of two up to {limit}");
	if ((section->sh_flags & SHF_EXECINSTR) && elf_is_percpu(name))
		return elf_refuse(diag, ENOEXEC, section->sh_flags, 0,
				  "sh_flags {hex} put code into per-CPU data");
	return 0;
}

/* Has the section entries of this size, and is it linked to a section of this type? */
static int check_table(const struct elf_image *image, const struct elf_section *section,
		       uint32_t link_type, struct elf_section *link)
{
	*link = (struct elf_section){};
	if (section->sh_link < image->section_count)
		elf_section_at(image, section->sh_link, link);
	image->diag->field = elf_text_of(link_type == SHT_SYMTAB ? "symbol table" : "string table");
	if (section->sh_link >= image->section_count || link->sh_type != link_type)
		return elf_refuse(
		    image->diag, ENOEXEC, section->sh_link, image->section_count,
		    "sh_link {value} is not the {field} that belongs to it, of {limit} sections");
	return 0;
}

static int check_info(const struct elf_image *image, uint32_t info, uint64_t limit)
{
	if (info < limit)
		return 0;
	return elf_refuse(image->diag, ENOEXEC, info, limit,
			  "sh_info {value} is not below {limit}");
}

static int check_entries(const struct elf_image *image, const struct elf_section *section,
			 uint64_t entry)
{
	if (section->sh_entsize == entry && section->sh_size % entry == 0)
		return 0;
	return elf_refuse(
	    image->diag, ENOEXEC, section->sh_entsize, entry,
	    "sh_size {index} in entries of sh_entsize {value}, entries have {limit} bytes");
}

/* There is only one symbol table, so that a link to a symbol table is a link to it. */
static int check_relocations(const struct elf_image *image, const struct elf_section *section)
{
	struct elf_section target;

	if (check_table(image, section, SHT_SYMTAB, &target) ||
	    check_info(image, section->sh_info, image->section_count))
		return image->diag->err;
	elf_section_at(image, section->sh_info, &target);
	if (!elf_section_is_loaded(&target))
		return 0;
	if (target.sh_type == SHT_NOBITS)
		return elf_refuse(
		    image->diag, ENOEXEC, section->sh_info, 0,
		    "sh_info {value} names a section that has nothing in the file to relocate");
	return check_entries(image, section, sizeof(struct elf_rela));
}

static int check_symbol_table(struct elf_image *image, uint32_t index,
			      const struct elf_section *section)
{
	uint64_t count = section->sh_size / sizeof(struct elf_symbol);
	struct elf_section strings;

	if (image->symbol_section != 0)
		return elf_refuse(image->diag, ENOEXEC, image->symbol_section, 0,
				  "a second symbol table, section {value} is one");
	if (check_entries(image, section, sizeof(struct elf_symbol)) ||
	    check_table(image, section, SHT_STRTAB, &strings) ||
	    check_info(image, section->sh_info, count + 1) ||
	    check_strings(image, section->sh_link, &strings))
		return image->diag->err;
	image->symbol_section = index;
	image->symbol_count = (uint32_t)count;
	image->symbol_table = elf_section_bytes(image, section);
	image->strings = (const char *)elf_section_bytes(image, &strings);
	image->strings_size = strings.sh_size;
	return 0;
}

static int check_section(struct elf_image *image, uint32_t index)
{
	struct elf_diag *diag = image->diag;
	struct elf_section section;

	elf_section_at(image, index, &section);
	diag->section = index;
	diag->section_name = elf_text_of(elf_section_name(image, &section));
	if (section.sh_type == SHT_NULL)
		return 0;
	if (check_bounds(image, &section))
		return diag->err;
	if ((section.sh_flags & SHF_WRITE) && (section.sh_flags & SHF_EXECINSTR))
		return elf_refuse(diag, ENOEXEC, section.sh_flags, 0,
				  "sh_flags {hex} make it both writable and executable; keep code "
				  "and data in different sections");
	if (section.sh_flags & SHF_TLS)
		return elf_refuse(
		    diag, ENOEXEC, 0, 0,
		    "thread-local data is not supported; use DEFINE_PER_CPU in place of __thread");
	if (section.sh_type == SHT_REL)
		return elf_refuse(
		    diag, ENOEXEC, 0, 0,
		    "relocations without addends (SHT_REL); an x86-64 assembler makes SHT_RELA");
	if (section.sh_type == SHT_SYMTAB_SHNDX)
		return elf_refuse(diag, ENOEXEC, section.sh_type, 0, "sh_type is {hex}" NUMBERING);
	if (elf_section_is_loaded(&section))
		return check_loaded(image, &section);
	if (section.sh_type == SHT_SYMTAB)
		return check_symbol_table(image, index, &section);
	return section.sh_type == SHT_RELA ? check_relocations(image, &section) : 0;
}

static __noinline int refuse_symbol(const struct elf_image *image, uint32_t index,
				    const struct elf_symbol *symbol, uint64_t value, uint64_t limit,
				    const char *sentence)
{
	image->diag->index = index;
	if (symbol->st_name < image->strings_size)
		image->diag->name = elf_text_of(elf_symbol_name(image, symbol));
	return elf_refuse_at(image, image->symbol_section, ENOEXEC, value, limit, sentence);
}

/* There are thousands of symbols where there are tens of sections: a good one costs some compares.
 */
static int check_symbol(const struct elf_image *image, uint32_t index)
{
	struct elf_symbol symbol;
	struct elf_section section;
	uint32_t type;

	elf_symbol_at(image, index, &symbol);
	type = elf_symbol_type(&symbol);
	if (symbol.st_name >= image->strings_size)
		return refuse_symbol(image, index, &symbol, symbol.st_name, image->strings_size,
				     "symbol {index}: st_name {value} is not below {limit}, the "
				     "size of the string table");
	if (symbol.st_shndx == SHN_COMMON || type == STT_COMMON)
		return refuse_symbol(image, index, &symbol, 0, 0,
				     "symbol {index} ({name}) is COMMON; compile with -fno-common");
	if (type == STT_TLS)
		return refuse_symbol(image, index, &symbol, 0, 0,
				     "symbol {index} ({name}) is thread-local; use DEFINE_PER_CPU "
				     "in place of __thread");
	if (type == STT_GNU_IFUNC)
		return refuse_symbol(image, index, &symbol, 0, 0,
				     "symbol {index} ({name}) is an IFUNC, chosen when loading; "
				     "use an ordinary function or a pointer");
	if (symbol.st_shndx == SHN_ABS)
		return 0;
	if (symbol.st_shndx == SHN_UNDEF) {
		if (strcmp(elf_symbol_name(image, &symbol), "_GLOBAL_OFFSET_TABLE_") != 0)
			return 0;
		return refuse_symbol(image, index, &symbol, 0, 0,
				     "symbol {index} ({name}): position-independent code; compile "
				     "with -fno-pic -mcmodel=kernel");
	}
	if (symbol.st_shndx >= image->section_count)
		return refuse_symbol(
		    image, index, &symbol, symbol.st_shndx, image->section_count,
		    "symbol {index} ({name}): st_shndx {hex} is not below {limit}");
	elf_section_at(image, symbol.st_shndx, &section);
	if (!bytes_in_range(symbol.st_value, symbol.st_size, section.sh_size))
		return refuse_symbol(image, index, &symbol, symbol.st_value, section.sh_size,
				     "symbol {index} ({name}): st_value {value} with its st_size "
				     "does not lie in the {limit} bytes of its section");
	return 0;
}

int elf_image_validate(const void *bytes, size_t size, const struct elf_limits *limits,
		       struct elf_image *image, struct elf_diag *diag)
{
	struct elf_header header;

	*image = (struct elf_image){.diag = diag, .limits = *limits, .bytes = bytes, .size = size};
	*diag = (struct elf_diag){};
	if (size > limits->file)
		return elf_refuse(diag, E2BIG, size, limits->file,
				  "the file has {value} bytes, the limit is {limit}");
	if (size < sizeof(header))
		return elf_refuse(diag, ENOEXEC, size, sizeof(header),
				  "too short: {value} bytes, an ELF header has {limit}");
	memcpy(&header, bytes, sizeof(header));
	if (check_header(&header, diag) || check_section_table(image, &header) ||
	    check_section_names(image, header.e_shstrndx))
		return diag->err;
	for (uint32_t i = 1; i < image->section_count; i++)
		if (check_section(image, i))
			return diag->err;
	*diag = (struct elf_diag){};
	if (image->symbol_section == 0)
		return elf_refuse(diag, ENOEXEC, 0, 0,
				  "no symbol table; strip modules with --strip-debug only");
	for (uint32_t i = 1; i < image->symbol_count; i++)
		if (unlikely(check_symbol(image, i)))
			return diag->err;
	return elf_lay_out(image, NULL);
}

bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak)
{
	struct elf_symbol symbol;

	while (*cursor + 1 < image->symbol_count) {
		elf_symbol_at(image, ++*cursor, &symbol);
		if (symbol.st_shndx != SHN_UNDEF)
			continue;
		*name = elf_symbol_name(image, &symbol);
		*weak = elf_symbol_binding(&symbol) == STB_WEAK;
		return true;
	}
	return false;
}
