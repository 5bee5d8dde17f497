/*
 * Validation of a relocatable file, as named steps that each rely on those before: header, section
 * table, name table, sections one by one, then symbols (symbols.c), then sizes. The rule: a number
 * from the file is compared with what it has to stay below before it is used, and bounds are
 * decided by offset <= size && length <= size - offset.
 */
#include <lib/bytes.h>

#include "elf_internal.h"

#define NUMBERING                                                                                  \
	": extended section numbering; build with fewer sections (no -ffunction-sections, no "     \
	"-fdata-sections)"

void elf_about(const struct elf_image *image, uint32_t index)
{
	const struct elf_section *section = elf_section_at(image, index);

	image->diag->section = index;
	image->diag->section_name = elf_text_of(elf_section_name(image, section));
}

/* What is known by its first bytes; each format's own documentation has them. */
static const char *what_else(const uint8_t *begin)
{
	static const char *const kinds[][2] = {
	    {"\x1f\x8b", "packed by gzip; unpack it with gunzip"},
	    {"\xfd\x37zXZ", "packed by xz; unpack it with unxz"},
	    {"\x28\xb5\x2f\xfd", "packed by zstd; unpack it with unzstd"},
	    {"BZh", "packed by bzip2; unpack it with bunzip2"},
	    {"!<arch>", "an archive; link its members with ld -r"},
	    {"BC\xc0\xde", "LLVM bitcode, made by -flto; compile with -fno-lto"},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		if (memcmp(begin, kinds[i][0], strlen(kinds[i][0])) == 0)
			return kinds[i][1];
	return "e_ident does not begin with 7f 45 4c 46";
}

static bool check_header(struct elf_image *image, const struct elf_header *header)
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

	image->diag->cure = what_else(header->e_ident);
	if (elf_refuse_if(image, memcmp(header->e_ident, "\177ELF", 4) != 0, 0, 0,
			  "not an ELF file: {cure}"))
		return true;
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (elf_refuse_if(image, fields[i].found != fields[i].wanted, fields[i].found,
				  fields[i].wanted, fields[i].sentence))
			return true;
	return false;
}

static bool check_section_table(struct elf_image *image, const struct elf_header *header)
{
	uint32_t count = header->e_shnum;

	image->diag->index = count;
	if (elf_refuse_if(image, count == 0 && header->e_shoff == 0, 0, 0,
			  "e_shnum is 0: there are no sections") ||
	    /* section 0 would hold the number of sections */
	    elf_refuse_if(image, count == 0 || count >= SHN_LORESERVE, count, 0,
			  "e_shnum is {hex}" NUMBERING) ||
	    elf_refuse_if(
		image,
		!bytes_in_range(header->e_shoff, count * sizeof(struct elf_section), image->size),
		header->e_shoff, image->size,
		"the section table, {index} entries at e_shoff {value}, does not lie in the "
		"file's {limit} bytes"))
		return true;
	image->section_table = image->bytes + header->e_shoff;
	image->section_count = count;
	return false;
}

static bool check_bounds(const struct elf_image *image, const struct elf_section *section)
{
	image->diag->index = section->sh_size;
	return elf_refuse_if(
	    image,
	    section->sh_type != SHT_NOBITS &&
		!bytes_in_range(section->sh_offset, section->sh_size, image->size),
	    section->sh_offset, image->size,
	    "{index} bytes at sh_offset {value} do not lie in the file's {limit} bytes");
}

/*
 * So that looking at every name takes a time that the number of names bounds. Where a name begins
 * there is an end within the longest length, and the last one in reach will do, so that most bytes
 * are not read. The table itself ends in NUL.
 */
static bool check_lengths(const struct elf_image *image, const char *at, const char *end)
{
	while (end - at > ELF_NAME_LONGEST) {
		const char *last = at + ELF_NAME_LONGEST;

		while (last > at && *last)
			last--;
		if (*last)
			return elf_refuse_if(
			    image, true, strlen(at), ELF_NAME_LONGEST,
			    "a name of {value} bytes, the longest may have {limit}");
		at = last + 1;
	}
	return false;
}

/* A string table ends in NUL, so that every string that begins in it ends in it. Names of sections
 * may not be known yet. */
static bool check_strings(const struct elf_image *image, uint32_t index,
			  const struct elf_section *section)
{
	const char *strings;

	image->diag->section = index;
	image->diag->section_name = (struct elf_text){};
	if (check_bounds(image, section) ||
	    elf_refuse_if(image, section->sh_size == 0, 0, 0, "an empty string table"))
		return true;
	strings = (const char *)elf_section_bytes(image, section);
	return elf_refuse_if(image, strings[section->sh_size - 1] != 0,
			     (uint8_t)strings[section->sh_size - 1], 0,
			     "the string table's last byte is {value}, not 0") ||
	       check_lengths(image, strings, strings + section->sh_size);
}

/* All names, once: after it a refusal can name its section. */
static bool check_section_names(struct elf_image *image, uint32_t names)
{
	const struct elf_section *table;

	if (elf_refuse_if(image, names == SHN_XINDEX, names, 0, "e_shstrndx is {hex}" NUMBERING) ||
	    elf_refuse_if(image, names == 0 || names >= image->section_count, names,
			  image->section_count,
			  "e_shstrndx is {value}, not from 1 to below {limit}"))
		return true;
	table = elf_section_at(image, names);
	image->diag->section = names;
	if (elf_refuse_if(image, table->sh_type != SHT_STRTAB, table->sh_type, SHT_STRTAB,
			  "e_shstrndx names it, but it has sh_type {value}, not {limit} (a string "
			  "table)") ||
	    check_strings(image, names, table))
		return true;
	image->section_names = (const char *)elf_section_bytes(image, table);
	for (uint32_t i = 0; i < image->section_count; i++) {
		const struct elf_section *section = elf_section_at(image, i);

		image->diag->section = i;
		if (elf_refuse_if(
			image, section->sh_name >= table->sh_size, section->sh_name, table->sh_size,
			"sh_name {value} is not below {limit}, the size of the name table"))
			return true;
	}
	return false;
}

static bool is_constructors(const struct elf_section *section, const char *name)
{
	return elf_begins(name, ".init_array") || elf_begins(name, ".fini_array") ||
	       elf_begins(name, ".preinit_array") || elf_begins(name, ".ctors") ||
	       elf_begins(name, ".dtors") ||
	       (section->sh_type >= SHT_INIT_ARRAY && section->sh_type <= SHT_PREINIT_ARRAY);
}

/* GCC's section of this name begins with two versions, 16 bits each, and a byte that is 1 where the
 * object has no machine code (lto-streamer.h, struct lto_section). */
static bool is_slim_lto(const struct elf_image *image, const struct elf_section *section)
{
	return elf_begins(elf_section_name(image, section), ".gnu.lto_.lto.") &&
	       section->sh_type == SHT_PROGBITS && section->sh_size > 4 &&
	       elf_section_bytes(image, section)[4] != 0;
}

/* What only a section that is going to be loaded has to be. Why there are constructors the symbols
 * tell. */
static bool check_loaded(struct elf_image *image, uint32_t index, const struct elf_section *section)
{
	const char *name = elf_section_name(image, section);
	uint64_t type = section->sh_type, flags = section->sh_flags, align = section->sh_addralign;

	if (is_constructors(section, name)) {
		image->constructors = index;
		return false;
	}
	return elf_refuse_if(image,
			     type != SHT_PROGBITS && type != SHT_NOBITS && type != SHT_NOTE &&
				 type != SHT_X86_64_UNWIND,
			     type, 0, "sh_type {hex} is not one that can be loaded") ||
	       elf_refuse_if(image, flags & SHF_COMPRESSED, flags, 0,
			     "sh_flags {hex} say compressed, but it has to be loaded; link without "
			     "compressing it") ||
	       elf_refuse_if(image, align > image->limits.page || (align & (align - 1)) != 0, align,
			     image->limits.page,
			     "sh_addralign {value} is not a power of two up to {limit}") ||
	       elf_refuse_if(image, (flags & SHF_EXECINSTR) && elf_is_percpu(name), flags, 0,
			     "sh_flags {hex} put code into per-CPU data");
}

/* The section that a table is linked to has to be of @type. */
static bool check_link(const struct elf_image *image, const struct elf_section *section,
		       uint32_t type, const struct elf_section **link)
{
	*link = section->sh_link < image->section_count ? elf_section_at(image, section->sh_link)
							: NULL;
	image->diag->field = elf_text_of(type == SHT_SYMTAB ? "symbol table" : "string table");
	return elf_refuse_if(
	    image, !*link || (*link)->sh_type != type, section->sh_link, image->section_count,
	    "sh_link {value} is not the {field} that belongs to it, of {limit} sections");
}

static bool check_info(const struct elf_image *image, uint32_t info, uint64_t limit)
{
	return elf_refuse_if(image, info >= limit, info, limit,
			     "sh_info {value} is not below {limit}");
}

static bool check_entries(const struct elf_image *image, const struct elf_section *section,
			  uint64_t entry)
{
	return elf_refuse_if(
	    image, section->sh_entsize != entry || section->sh_size % entry != 0,
	    section->sh_entsize, entry,
	    "sh_size {index} in entries of sh_entsize {value}, entries have {limit} bytes");
}

/* There is only one symbol table, so that a link to a symbol table is a link to it. */
static bool check_relocations(struct elf_image *image, const struct elf_section *section)
{
	const struct elf_section *target;

	if (check_link(image, section, SHT_SYMTAB, &target) ||
	    check_info(image, section->sh_info, image->section_count))
		return true;
	target = elf_section_at(image, section->sh_info);
	if (!elf_section_is_loaded(target))
		return false;
	image->relocation_bytes += section->sh_size;
	return elf_refuse_if(
		   image, target->sh_type == SHT_NOBITS, section->sh_info, 0,
		   "sh_info {value} names a section that has nothing in the file to relocate") ||
	       check_entries(image, section, sizeof(struct elf_rela)) ||
	       elf_refuse_if(image, image->relocation_bytes > image->size, image->relocation_bytes,
			     image->size,
			     "with it the relocation sections have {value} bytes, more than the "
			     "file's {limit}: they overlap");
}

static bool check_symbol_table(struct elf_image *image, uint32_t index,
			       const struct elf_section *section)
{
	uint64_t count = section->sh_size / sizeof(struct elf_symbol);
	const struct elf_section *strings;

	if (elf_refuse_if(image, image->symbol_section != 0, image->symbol_section, 0,
			  "a second symbol table, section {value} is one") ||
	    check_entries(image, section, sizeof(struct elf_symbol)) ||
	    elf_refuse_if(image, count > ELF_SYMBOLS_MOST, count, ELF_SYMBOLS_MOST,
			  "{value} symbols, the limit is {limit}; strip --strip-unneeded leaves "
			  "those that are needed") ||
	    check_link(image, section, SHT_STRTAB, &strings) ||
	    check_info(image, section->sh_info, count + 1) ||
	    check_strings(image, section->sh_link, strings))
		return true;
	image->symbol_section = index;
	image->symbol_count = (uint32_t)count;
	image->symbol_table = elf_section_bytes(image, section);
	image->strings = (const char *)elf_section_bytes(image, strings);
	image->strings_size = strings->sh_size;
	return false;
}

static bool check_section(struct elf_image *image, uint32_t index)
{
	const struct elf_section *section = elf_section_at(image, index);
	uint64_t flags = section->sh_flags;

	image->diag->section = index;
	if (section->sh_type == SHT_NULL)
		return false;
	if (check_bounds(image, section) ||
	    elf_refuse_if(image, (flags & SHF_WRITE) && (flags & SHF_EXECINSTR), flags, 0,
			  "sh_flags {hex} make it both writable and executable; keep code and data "
			  "in different sections") ||
	    elf_refuse_if(image, flags & SHF_TLS, 0, 0,
			  "thread-local data is not supported; use DEFINE_PER_CPU in place of "
			  "__thread") ||
	    elf_refuse_if(image, section->sh_type == SHT_REL, 0, 0,
			  "relocations without addends (SHT_REL); an x86-64 assembler makes "
			  "SHT_RELA") ||
	    elf_refuse_if(image, section->sh_type == SHT_SYMTAB_SHNDX, section->sh_type, 0,
			  "sh_type is {hex}" NUMBERING))
		return true;
	if (elf_section_is_loaded(section))
		return check_loaded(image, index, section);
	if (section->sh_type == SHT_SYMTAB)
		return check_symbol_table(image, index, section);
	if (section->sh_type == SHT_RELA)
		return check_relocations(image, section);
	return elf_refuse_if(image, is_slim_lto(image, section), 0, 0,
			     "compiled with -flto, there is no machine code; compile with "
			     "-fno-lto, or link with gcc -r -flinker-output=nolto-rel");
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
	if (elf_refuse_if(image, size < sizeof(header), size, sizeof(header),
			  "too short: {value} bytes, an ELF header has {limit}"))
		return diag->err;
	memcpy(&header, bytes, sizeof(header));
	if (check_header(image, &header) || check_section_table(image, &header) ||
	    check_section_names(image, header.e_shstrndx))
		return diag->err;
	for (uint32_t i = 1; i < image->section_count; i++)
		if (check_section(image, i)) {
			elf_about(image, diag->section);
			return diag->err;
		}
	return elf_check_symbols(image) ? diag->err : elf_lay_out(image, NULL);
}
