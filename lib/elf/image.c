/*
 * Validation of a relocatable file, as named steps that each rely on those before: header, section
 * table, name table, sections one by one, then symbols (symbols.c), then sizes. The rule: a number
 * from the file is compared with what it has to stay below before it is used, and bounds are
 * decided by offset <= size && length <= size - offset. A check returns true when it has refused.
 */
#include <lib/bytes.h>
#include <lib/format.h>

#include "elf_internal.h"

#define NUMBERING ": extended section numbering"

#define BEFORE_MAX 384 /* "section N (NAME): ", the name as %pT shows it */

bool elf_refuse(const struct elf_image *image, const char *format, ...)
{
	const char *name = "";
	char before[BEFORE_MAX] = "";
	va_list arguments;

	if (image->about && image->section_names)
		name = elf_section_name(image, elf_section_at(image, image->about));
	if (*name)
		format_text(before, sizeof(before), "section %u (%pT): ", image->about, name);
	else if (image->about)
		format_text(before, sizeof(before), "section %u: ", image->about);
	va_start(arguments, format);
	report_reason_v(image->report, -ENOEXEC, before, format, arguments);
	va_end(arguments);
	return true;
}

static bool check_header(struct elf_image *image, const struct elf_header *header)
{
	const struct {
		const char *name;
		uint32_t found, wanted;
	} fields[] = {
	    {"e_ident[EI_CLASS]", header->e_ident[EI_CLASS], ELFCLASS64},
	    {"e_ident[EI_DATA]", header->e_ident[EI_DATA], ELFDATA2LSB},
	    {"e_ident[EI_VERSION]", header->e_ident[EI_VERSION], EV_CURRENT},
	    {"e_machine", header->e_machine, EM_X86_64},
	    {"e_version", header->e_version, EV_CURRENT},
	    {"e_type", header->e_type, ET_REL},
	    {"e_shentsize", header->e_shentsize, sizeof(struct elf_section)},
	};
	const uint8_t *begin = header->e_ident;

	if (memcmp(begin, "\177ELF", 4) != 0)
		return elf_refuse(
		    image,
		    "not an ELF file: e_ident begins with %02x %02x %02x %02x, not 7f 45 4c 46",
		    begin[0], begin[1], begin[2], begin[3]);
	for (unsigned i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].found != fields[i].wanted)
			return elf_refuse(image, "%s is %u, not %u", fields[i].name,
					  fields[i].found, fields[i].wanted);
	return false;
}

static bool check_section_table(struct elf_image *image, const struct elf_header *header)
{
	uint32_t count = header->e_shnum;

	if (count == 0 && header->e_shoff == 0)
		return elf_refuse(image, "e_shnum is 0: there are no sections");
	if (count == 0 || count >= SHN_LORESERVE) /* section 0 would hold the number of sections */
		return elf_refuse(image, "e_shnum is %#x" NUMBERING, count);
	if (!bytes_in_range(header->e_shoff, count * sizeof(struct elf_section), image->size))
		return elf_refuse(image,
				  "the section table, %u entries at e_shoff %lu, does not lie in "
				  "the file's %lu bytes",
				  count, header->e_shoff, image->size);
	image->section_table = image->bytes + header->e_shoff;
	image->section_count = count;
	return false;
}

static bool check_bounds(const struct elf_image *image, const struct elf_section *section)
{
	if (section->sh_type == SHT_NOBITS ||
	    bytes_in_range(section->sh_offset, section->sh_size, image->size))
		return false;
	return elf_refuse(image, "%lu bytes at sh_offset %lu do not lie in the file's %lu bytes",
			  section->sh_size, section->sh_offset, image->size);
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
			return elf_refuse(image, "a name of %zu bytes, the longest may have %u",
					  strlen(at), ELF_NAME_LONGEST);
		at = last + 1;
	}
	return false;
}

/* A string table ends in NUL, so that every string that begins in it ends in it. */
static bool check_strings(struct elf_image *image, uint32_t index,
			  const struct elf_section *section)
{
	const char *strings;
	uint8_t last;

	image->about = index;
	if (check_bounds(image, section))
		return true;
	if (section->sh_size == 0)
		return elf_refuse(image, "an empty string table");
	strings = (const char *)elf_section_bytes(image, section);
	last = (uint8_t)strings[section->sh_size - 1];
	if (last != 0)
		return elf_refuse(image, "the string table's last byte is %u, not 0", last);
	return check_lengths(image, strings, strings + section->sh_size);
}

/* All names, once: after it a refusal can name its section. */
static bool check_section_names(struct elf_image *image, uint32_t names)
{
	const struct elf_section *table;

	if (names == SHN_XINDEX)
		return elf_refuse(image, "e_shstrndx is %#x" NUMBERING, names);
	if (names == 0 || names >= image->section_count)
		return elf_refuse(image, "e_shstrndx is %u, not from 1 to below %u", names,
				  image->section_count);
	table = elf_section_at(image, names);
	image->about = names;
	if (table->sh_type != SHT_STRTAB)
		return elf_refuse(image,
				  "e_shstrndx names it, but it has sh_type %u, not %u (a string "
				  "table)",
				  table->sh_type, SHT_STRTAB);
	if (check_strings(image, names, table))
		return true;
	for (image->about = 0; image->about < image->section_count; image->about++) {
		uint32_t name = elf_section_at(image, image->about)->sh_name;

		if (name >= table->sh_size)
			return elf_refuse(image,
					  "sh_name %u is not below %lu, the size of the name table",
					  name, table->sh_size);
	}
	image->section_names = (const char *)elf_section_bytes(image, table);
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

/* What only a section that is going to be loaded has to be. */
static bool check_loaded(struct elf_image *image, const struct elf_section *section)
{
	const char *name = elf_section_name(image, section);
	uint64_t type = section->sh_type, flags = section->sh_flags, align = section->sh_addralign;

	if (is_constructors(section, name)) {
		image->constructors = image->about; /* judged when symbols are known: link.c */
		return false;
	}
	if (type != SHT_PROGBITS && type != SHT_NOBITS && type != SHT_NOTE &&
	    type != SHT_X86_64_UNWIND)
		return elf_refuse(image, "sh_type %#lx is not one that can be loaded", type);
	if (flags & SHF_COMPRESSED)
		return elf_refuse(image, "sh_flags %#lx say compressed, but it has to be loaded",
				  flags);
	if (align > image->limits.page || (align & (align - 1)) != 0)
		return elf_refuse(image, "sh_addralign %lu is not a power of two up to %lu", align,
				  image->limits.page);
	if ((flags & SHF_EXECINSTR) && elf_is_percpu(name))
		return elf_refuse(image, "sh_flags %#lx put code into per-CPU data", flags);
	return false;
}

/* The section that a table is linked to has to be of @type. */
static bool check_link(const struct elf_image *image, const struct elf_section *section,
		       uint32_t type, const struct elf_section **link)
{
	*link = section->sh_link < image->section_count ? elf_section_at(image, section->sh_link)
							: NULL;
	if (*link && (*link)->sh_type == type)
		return false;
	return elf_refuse(image, "sh_link %u is not the %s that belongs to it, of %u sections",
			  section->sh_link, type == SHT_SYMTAB ? "symbol table" : "string table",
			  image->section_count);
}

static bool check_info(const struct elf_image *image, uint32_t info, uint64_t limit)
{
	return info >= limit && elf_refuse(image, "sh_info %u is not below %lu", info, limit);
}

static bool check_entries(const struct elf_image *image, const struct elf_section *section,
			  size_t entry)
{
	if (section->sh_entsize == entry && section->sh_size % entry == 0)
		return false;
	return elf_refuse(image, "sh_size %lu in entries of sh_entsize %lu, entries have %zu bytes",
			  section->sh_size, section->sh_entsize, entry);
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
	if (target->sh_type == SHT_NOBITS)
		return elf_refuse(
		    image, "sh_info %u names a section that has nothing in the file to relocate",
		    section->sh_info);
	if (check_entries(image, section, sizeof(struct elf_rela)))
		return true;
	image->relocation_bytes += section->sh_size;
	if (image->relocation_bytes <= image->size)
		return false;
	return elf_refuse(image,
			  "with it the relocation sections have %lu bytes, more than the file's "
			  "%lu: they overlap",
			  image->relocation_bytes, image->size);
}

static bool check_symbol_table(struct elf_image *image, const struct elf_section *section)
{
	uint64_t count = section->sh_size / sizeof(struct elf_symbol);
	const struct elf_section *strings;
	uint32_t index = image->about;

	if (image->symbol_section != 0)
		return elf_refuse(image, "a second symbol table, section %u is one",
				  image->symbol_section);
	if (check_entries(image, section, sizeof(struct elf_symbol)))
		return true;
	if (count > ELF_SYMBOLS_MOST)
		return elf_refuse(image, "%lu symbols, the limit is %u", count, ELF_SYMBOLS_MOST);
	if (check_link(image, section, SHT_STRTAB, &strings) ||
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

static bool check_section(struct elf_image *image)
{
	const struct elf_section *section = elf_section_at(image, image->about);
	uint64_t flags = section->sh_flags;

	if (section->sh_type == SHT_NULL)
		return false;
	if (check_bounds(image, section))
		return true;
	if ((flags & SHF_WRITE) && (flags & SHF_EXECINSTR))
		return elf_refuse(image, "sh_flags %#lx make it both writable and executable",
				  flags);
	if (flags & SHF_TLS)
		return elf_refuse(image, "thread-local data is not supported");
	if (section->sh_type == SHT_REL)
		return elf_refuse(image, "relocations without addends (SHT_REL)");
	if (section->sh_type == SHT_SYMTAB_SHNDX)
		return elf_refuse(image, "sh_type is %#x" NUMBERING, section->sh_type);
	if (elf_section_is_loaded(section))
		return check_loaded(image, section);
	if (section->sh_type == SHT_SYMTAB)
		return check_symbol_table(image, section);
	if (section->sh_type == SHT_RELA)
		return check_relocations(image, section);
	return is_slim_lto(image, section) &&
	       elf_refuse(image, "compiled with -flto, there is no machine code");
}

int elf_image_validate(const void *bytes, size_t size, const struct elf_limits *limits,
		       struct elf_image *image, struct module_report *report)
{
	struct elf_header header;

	*image =
	    (struct elf_image){.report = report, .limits = *limits, .bytes = bytes, .size = size};
	if (size > limits->file)
		return report_reason(report, -E2BIG, "the file has %zu bytes, the limit is %lu",
				     size, limits->file);
	if (size < sizeof(header))
		return report_reason(report, -ENOEXEC,
				     "too short: %zu bytes, an ELF header has %zu", size,
				     sizeof(header));
	memcpy(&header, bytes, sizeof(header));
	if (check_header(image, &header) || check_section_table(image, &header) ||
	    check_section_names(image, header.e_shstrndx))
		return report->error;
	for (uint32_t i = 1; i < image->section_count; i++) {
		image->about = i;
		if (check_section(image))
			return report->error;
	}
	return elf_check_symbols(image) ? report->error : elf_lay_out(image, NULL);
}
