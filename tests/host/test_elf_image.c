/* Headers, sections and symbols: the last good value and the first bad one of each bound. */
#include <stdlib.h>

#include <lib/elf_image.h>
#include <lib/errno.h>

#include "elf_verdict.h"
#include "test.h"

static struct builder file;

static void good(void)
{
	builder_module(&file);
	builder_finish(&file);
}

/* Checks the verdict on the bent file and makes a good one again. */
#define REFUSED(expected, expected_error)                                                          \
	do {                                                                                       \
		CHECK_SAYS(builder_verdict(&file), expected);                                      \
		CHECK_EQ(builder_error(), -(expected_error));                                      \
		builder_end(&file);                                                                \
		good();                                                                            \
	} while (0)
#define ACCEPTED() REFUSED(ELF_FINE, 0)

static struct elf_section *section(const char *name)
{
	return builder_section_at(&file, builder_find(&file, name));
}

TEST(good_module)
{
	good();
	CHECK_SAYS(builder_verdict(&file), ELF_FINE);
	CHECK_STR(builder_sentence(), "nothing is wrong");
	builder_end(&file);
}

TEST(cut_files)
{
	static const size_t sizes[] = {0, 1, 3, 4, 63};

	good();
	for (unsigned i = 0; i < 5; i++) {
		file.size = sizes[i];
		REFUSED(ELF_TOO_SHORT, ENOEXEC);
	}
	file.size = 64;
	REFUSED(ELF_SECTION_TABLE_BOUNDS, ENOEXEC);
	builder_end(&file);
}

TEST(every_cut_is_refused)
{
	size_t size;

	good();
	size = file.size;
	for (file.size = 0; file.size < size; file.size++)
		CHECK(strcmp(builder_verdict(&file), ELF_FINE) != 0);
	builder_end(&file);
}

TEST(identification)
{
	good();
	builder_header(&file)->e_ident[3] = 'G';
	REFUSED(ELF_MAGIC, ENOEXEC);
	builder_header(&file)->e_ident[EI_CLASS] = 1;
	REFUSED(ELF_CLASS, ENOEXEC);
	builder_header(&file)->e_ident[EI_DATA] = 2;
	REFUSED(ELF_BYTE_ORDER, ENOEXEC);
	builder_header(&file)->e_ident[EI_VERSION] = 0;
	REFUSED("e_ident[EI_VERSION] is 0, not 1", ENOEXEC);
	builder_header(&file)->e_version = 2;
	REFUSED("e_version is 2, not 1", ENOEXEC);
	builder_header(&file)->e_machine = 183; /* arm64 */
	REFUSED(ELF_MACHINE, ENOEXEC);
	builder_header(&file)->e_type = ET_EXEC;
	REFUSED(ELF_TYPE, ENOEXEC);
	builder_header(&file)->e_type = ET_DYN;
	REFUSED(ELF_TYPE, ENOEXEC);
	builder_header(&file)->e_type = ET_CORE;
	REFUSED(ELF_TYPE, ENOEXEC);
	builder_end(&file);
}

TEST(section_table)
{
	good();
	/* The table is the end of the file. */
	builder_header(&file)->e_shoff += 1;
	REFUSED(ELF_SECTION_TABLE_BOUNDS, ENOEXEC);
	builder_header(&file)->e_shoff = 0ull - 64;
	builder_header(&file)->e_shnum = 2;
	REFUSED(ELF_SECTION_TABLE_BOUNDS, ENOEXEC);
	builder_header(&file)->e_shentsize = 63;
	REFUSED(ELF_SECTION_ENTRY_SIZE, ENOEXEC);
	builder_header(&file)->e_shnum = 0;
	REFUSED(ELF_EXTENDED_NUMBERING, ENOEXEC);
	builder_header(&file)->e_shnum = 0;
	builder_header(&file)->e_shoff = 0;
	REFUSED(ELF_NO_SECTIONS, ENOEXEC);
	builder_header(&file)->e_shnum = 0xff00;
	REFUSED(ELF_EXTENDED_NUMBERING, ENOEXEC);
	builder_header(&file)->e_shnum = 0xfeff;
	REFUSED(ELF_SECTION_TABLE_BOUNDS, ENOEXEC);
	section(".llvm_addrsig")->sh_type = SHT_SYMTAB_SHNDX;
	REFUSED(ELF_EXTENDED_NUMBERING, ENOEXEC);
	builder_end(&file);
}

TEST(name_table)
{
	good();
	builder_header(&file)->e_shstrndx = 0;
	REFUSED(ELF_NAME_TABLE_INDEX, ENOEXEC);
	builder_header(&file)->e_shstrndx = builder_header(&file)->e_shnum;
	REFUSED(ELF_NAME_TABLE_INDEX, ENOEXEC);
	builder_header(&file)->e_shstrndx = 0xffff;
	REFUSED(ELF_EXTENDED_NUMBERING, ENOEXEC);
	builder_header(&file)->e_shstrndx = (uint16_t)builder_find(&file, ".data");
	REFUSED(ELF_NAME_TABLE_TYPE, ENOEXEC);
	section(".shstrtab")->sh_size = 0;
	REFUSED(ELF_STRINGS_EMPTY, ENOEXEC);
	section(".shstrtab")->sh_size -= 1;
	REFUSED(ELF_STRINGS_END, ENOEXEC);
	section(".data")->sh_name = (uint32_t)section(".shstrtab")->sh_size - 1;
	ACCEPTED();
	section(".data")->sh_name = (uint32_t)section(".shstrtab")->sh_size;
	REFUSED(ELF_SECTION_NAME, ENOEXEC);
	section(".strtab")->sh_size -= 1;
	REFUSED(ELF_STRINGS_END, ENOEXEC);
	section(".strtab")->sh_offset = 0ull - 4;
	REFUSED(ELF_SECTION_BOUNDS, ENOEXEC);
	section(".strtab")->sh_size = 0;
	REFUSED(ELF_STRINGS_EMPTY, ENOEXEC);
	builder_end(&file);
}

/* The symbols' names stand in a table with one name as long as may be, or longer by one. */
TEST(name_lengths)
{
	for (unsigned more = 0; more <= 1; more++) {
		char names[2048] = "";

		memset(names + 1024, 'a', ELF_NAME_LONGEST + more);
		builder_module(&file);
		builder_section(&file, ".names", SHT_STRTAB, 0, names, sizeof(names));
		builder_finish(&file);
		section(".symtab")->sh_link = builder_find(&file, ".names");
		CHECK_EQ(strstr(builder_verdict(&file), "a name of") != NULL, more == 1);
		builder_end(&file);
	}
}

TEST(section_bounds)
{
	good();
	section(".debug_info")->sh_size = file.size - section(".debug_info")->sh_offset;
	ACCEPTED();
	section(".debug_info")->sh_size = file.size - section(".debug_info")->sh_offset + 1;
	REFUSED(ELF_SECTION_BOUNDS, ENOEXEC);
	section(".debug_info")->sh_size = 0ull - section(".debug_info")->sh_offset;
	REFUSED(ELF_SECTION_BOUNDS, ENOEXEC);
	section(".data")->sh_offset = file.size + 1;
	REFUSED(ELF_SECTION_BOUNDS, ENOEXEC);
	section(".bss")->sh_offset = file.size + 1;
	ACCEPTED();
	builder_end(&file);
}

TEST(section_flags)
{
	good();
	section(".data")->sh_flags |= SHF_EXECINSTR;
	REFUSED(ELF_WRITE_EXECUTE, ENOEXEC);
	section(".data")->sh_flags |= SHF_TLS;
	REFUSED(ELF_SECTION_TLS, ENOEXEC);
	section(".data")->sh_flags |= SHF_COMPRESSED;
	REFUSED(ELF_SECTION_COMPRESSED, ENOEXEC);
	section(".debug_info")->sh_flags |= SHF_COMPRESSED;
	ACCEPTED();
	section(".percpu")->sh_flags = SHF_ALLOC | SHF_EXECINSTR;
	REFUSED(ELF_PERCPU_CODE, ENOEXEC);
	section(".data")->sh_type = SHT_NOTE;
	ACCEPTED();
	section(".data")->sh_type = 0x70000001;
	ACCEPTED();
	section(".data")->sh_type = 11;
	REFUSED(ELF_SECTION_TYPE, ENOEXEC);
	section(".rela.text")->sh_type = SHT_REL;
	REFUSED(ELF_REL, ENOEXEC);
	builder_end(&file);
}

/* What packs or holds modules is named, with the way to get at them. */
TEST(other_kinds_of_files)
{
	static const struct {
		const char *begin, *hint;
	} kinds[] = {{"\x1f\x8b\x08", "gunzip"},
		     {"\xfd"
		      "7zXZ",
		      "unxz"},
		     {"\x28\xb5\x2f\xfd", "unzstd"},
		     {"BZh9", "bunzip2"},
		     {"!<arch>\n", "archive"},
		     {"BC\xc0\xde", "-fno-lto"}};

	good();
	for (unsigned i = 0; i < 6; i++) {
		memcpy(file.bytes, kinds[i].begin, strlen(kinds[i].begin));
		CHECK_SAYS(builder_verdict(&file), kinds[i].hint);
		REFUSED(ELF_MAGIC, ENOEXEC);
	}
	builder_end(&file);
}

/* The section that tells objects without machine code from those that have it as well. */
TEST(link_time_optimization)
{
	static const uint8_t slim[] = {12, 0, 0, 0, 1, 0, 1, 0}, fat[] = {12, 0, 0, 0, 0, 0, 1, 0};

	for (unsigned i = 0; i < 2; i++) {
		builder_module(&file);
		builder_section(&file, ".gnu.lto_.lto.1234", SHT_PROGBITS, 0, i ? fat : slim, 8);
		builder_finish(&file);
		CHECK_SAYS(builder_verdict(&file), i ? ELF_FINE : "-fno-lto");
		builder_end(&file);
	}
}

TEST(constructors)
{
	static const char *const names[] = {".init_array", ".init_array.1", ".fini_array",
					    ".ctors",	   ".dtors.65535",  ".preinit_array"};

	for (unsigned i = 0; i < 6; i++) {
		builder_module(&file);
		builder_section(&file, names[i], SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 8);
		builder_finish(&file);
		CHECK_SAYS(builder_verdict(&file), ELF_CONSTRUCTORS);
		CHECK(strstr(builder_sentence(), names[i]) != NULL);
		CHECK(strstr(builder_sentence(), "module_init") != NULL);
		builder_end(&file);
	}
	good();
	for (uint32_t type = SHT_INIT_ARRAY; type <= SHT_PREINIT_ARRAY; type++) {
		section(".data")->sh_type = type;
		REFUSED(ELF_CONSTRUCTORS, ENOEXEC);
	}
	builder_end(&file);
}

TEST(alignment)
{
	good();
	for (unsigned bit = 0; bit <= 12; bit++) {
		section(".data")->sh_addralign = 1ull << bit;
		ACCEPTED();
	}
	section(".data")->sh_addralign = 0;
	ACCEPTED();
	section(".data")->sh_addralign = 3;
	REFUSED(ELF_ALIGNMENT, ENOEXEC);
	section(".data")->sh_addralign = 8192;
	REFUSED(ELF_ALIGNMENT, ENOEXEC);
	section(".data")->sh_addralign = 1ull << 63;
	REFUSED(ELF_ALIGNMENT, ENOEXEC);
	builder_end(&file);
}

TEST(links)
{
	good();
	section(".symtab")->sh_link = file.symtab;
	REFUSED(ELF_LINK, ENOEXEC);
	section(".symtab")->sh_link = file.section_count;
	REFUSED(ELF_LINK, ENOEXEC);
	section(".symtab")->sh_link = builder_find(&file, ".text");
	REFUSED(ELF_LINK, ENOEXEC);
	section(".symtab")->sh_link = 0;
	REFUSED(ELF_LINK, ENOEXEC);
	section(".symtab")->sh_info = file.symbol_count;
	ACCEPTED();
	section(".symtab")->sh_info = file.symbol_count + 1;
	REFUSED(ELF_INFO, ENOEXEC);
	section(".symtab")->sh_entsize = 16;
	REFUSED(ELF_ENTRY_SIZE, ENOEXEC);
	section(".symtab")->sh_size -= 1;
	REFUSED(ELF_ENTRY_SIZE, ENOEXEC);
	section(".rela.text")->sh_link = file.section_count;
	REFUSED(ELF_LINK, ENOEXEC);
	section(".rela.text")->sh_link = file.strtab;
	REFUSED(ELF_LINK, ENOEXEC);
	section(".rela.text")->sh_info = file.section_count;
	REFUSED(ELF_INFO, ENOEXEC);
	section(".rela.text")->sh_info = builder_find(&file, ".bss");
	REFUSED(ELF_RELOCATED_NOBITS, ENOEXEC);
	section(".rela.text")->sh_entsize = 16;
	REFUSED(ELF_ENTRY_SIZE, ENOEXEC);
	section(".rela.text")->sh_size -= 8;
	REFUSED(ELF_ENTRY_SIZE, ENOEXEC);
	builder_end(&file);
}

TEST(symbol_tables)
{
	good();
	*section(".llvm_addrsig") = *section(".symtab");
	REFUSED(ELF_SYMBOL_TABLES, ENOEXEC);
	builder_end(&file);
	builder_begin(&file);
	builder_finish(&file);
	builder_section_at(&file, file.symtab)->sh_type = SHT_PROGBITS;
	REFUSED(ELF_NO_SYMBOLS, ENOEXEC);
	builder_end(&file);
}

TEST(symbols)
{
	const uint32_t local = 4; /* a section symbol, which nothing needs by name */
	uint16_t count;

	good();
	count = builder_header(&file)->e_shnum;
	builder_symbol_at(&file, local)->st_name = (uint32_t)section(".strtab")->sh_size - 1;
	ACCEPTED();
	builder_symbol_at(&file, local)->st_name = (uint32_t)section(".strtab")->sh_size;
	REFUSED(ELF_SYMBOL_NAME, ENOEXEC);
	builder_symbol_at(&file, 7)->st_shndx = count - 1;
	CHECK(strstr(builder_verdict(&file), ELF_SYMBOL_SECTION) == NULL);
	builder_symbol_at(&file, 7)->st_shndx = count;
	REFUSED(ELF_SYMBOL_SECTION, ENOEXEC);
	builder_symbol_at(&file, 7)->st_shndx = 0xfeff;
	REFUSED(ELF_SYMBOL_SECTION, ENOEXEC);
	builder_symbol_at(&file, 7)->st_shndx = 0xff02; /* large common */
	REFUSED(ELF_SYMBOL_SECTION, ENOEXEC);
	builder_symbol_at(&file, 7)->st_shndx = SHN_COMMON;
	REFUSED(ELF_SYMBOL_COMMON, ENOEXEC);
	builder_symbol_at(&file, 6)->st_info = STB_GLOBAL << 4 | STT_TLS;
	REFUSED(ELF_SYMBOL_TLS, ENOEXEC);
	builder_symbol_at(&file, 6)->st_name = (uint32_t)section(".strtab")->sh_size - 1;
	REFUSED("is undefined and has no name", ENOEXEC);
	builder_symbol_at(&file, 3)->st_info = STB_GLOBAL << 4 | STT_GNU_IFUNC;
	REFUSED(ELF_SYMBOL_IFUNC, ENOEXEC);
	builder_end(&file);
}

TEST(symbol_bounds)
{
	const uint32_t call = 3; /* sample_call, in .text of 64 bytes */

	good();
	builder_symbol_at(&file, call)->st_size = 48;
	ACCEPTED();
	builder_symbol_at(&file, call)->st_size = 49;
	REFUSED(ELF_SYMBOL_VALUE, ENOEXEC);
	builder_symbol_at(&file, call)->st_value = 63;
	ACCEPTED();
	builder_symbol_at(&file, call)->st_value = 65;
	REFUSED(ELF_SYMBOL_VALUE, ENOEXEC);
	builder_symbol_at(&file, call)->st_value = 0ull - 8;
	REFUSED(ELF_SYMBOL_VALUE, ENOEXEC);
	builder_end(&file);
}

TEST(global_offset_table)
{
	builder_module(&file);
	builder_symbol(&file, "_GLOBAL_OFFSET_TABLE_", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
	builder_finish(&file);
	CHECK_SAYS(builder_verdict(&file), ELF_SYMBOL_GOT);
	CHECK(strstr(builder_sentence(), "-fno-pic") != NULL);
	builder_end(&file);
}

/* Symbols are counted, and so are those that the kernel has to look up. */
TEST(symbol_counts)
{
	for (unsigned more = 0; more <= 1; more++) {
		static struct elf_symbol symbols[ELF_SYMBOLS_MOST + 1];

		builder_module(&file);
		builder_section(&file, ".symbols", SHT_PROGBITS, 0, symbols, sizeof(symbols));
		builder_finish(&file);
		section(".symtab")->sh_size = (ELF_SYMBOLS_MOST + more) * sizeof(struct elf_symbol);
		section(".symtab")->sh_offset = section(".symbols")->sh_offset;
		CHECK_EQ(strstr(builder_verdict(&file), "262145 symbols, the limit is") != NULL,
			 more);
		for (unsigned i = 0; i <= ELF_UNDEFINED_MOST + 1; i++)
			symbols[i].st_name = 1;
		memcpy(builder_bytes_of(&file, builder_find(&file, ".symbols")), symbols,
		       sizeof(symbols));
		section(".symtab")->sh_size =
		    (1 + ELF_UNDEFINED_MOST + more) * sizeof(struct elf_symbol);
		CHECK_EQ(strstr(builder_verdict(&file), "more than 16384 undefined") != NULL, more);
		builder_end(&file);
	}
}

/* Tables of relocations may lie over each other, and be read again and again. */
TEST(overlapping_relocations)
{
	uint64_t size;

	builder_module(&file);
	for (unsigned i = 0; i < 8; i++)
		builder_section(&file, ".llvm_addrsig", SHT_PROGBITS, 0, NULL, 8);
	builder_finish(&file);
	size = section(".rela.tenon.params")->sh_size;
	for (uint32_t i = builder_find(&file, ".llvm_addrsig") + 1; size <= file.size; i++) {
		struct elf_section *other = builder_section_at(&file, i);

		if (other->sh_type != SHT_PROGBITS)
			break;
		CHECK_SAYS(builder_verdict(&file), ELF_FINE);
		*other = *section(".rela.tenon.params");
		size += other->sh_size;
	}
	CHECK(size > 0);
	builder_end(&file);
}

TEST(limits)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	struct elf_image image;
	struct module_report report;

	good();
	limits.file = file.size;
	report_clear(&report);
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), 0);
	limits.file = file.size - 1;
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), -E2BIG);
	CHECK_SAYS(report.text, ELF_FILE_LIMIT);
	builder_end(&file);
}

TEST(undefined_symbols)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	struct elf_image image;
	struct module_report report;
	uint32_t cursor = 0;
	const char *name;
	bool weak;

	builder_module(&file);
	builder_symbol(&file, "perhaps", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0);
	builder_finish(&file);
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), 0);
	CHECK(elf_next_undefined(&image, &cursor, &name, &weak));
	CHECK_STR(name, "printk");
	CHECK(!weak);
	CHECK(elf_next_undefined(&image, &cursor, &name, &weak));
	CHECK_STR(name, "perhaps");
	CHECK(weak);
	CHECK(!elf_next_undefined(&image, &cursor, &name, &weak));
	CHECK(!elf_next_undefined(&image, &cursor, &name, &weak));
	/* The last symbol is the table's no more: it is not looked at. */
	section(".symtab")->sh_size -= sizeof(struct elf_symbol);
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), 0);
	cursor = 0;
	CHECK(elf_next_undefined(&image, &cursor, &name, &weak));
	CHECK(!elf_next_undefined(&image, &cursor, &name, &weak));
	builder_end(&file);
}

/* Every byte of the header and the section table, eight values each: refused or loaded, no more. */
TEST(flipped_bytes)
{
	size_t table;

	good();
	table = builder_header(&file)->e_shoff;
	for (size_t at = 0; at < file.size; at++) {
		uint8_t was;

		if (at == sizeof(struct elf_header))
			at = table;
		was = file.bytes[at];
		for (unsigned bit = 0; bit < 8; bit++) {
			file.bytes[at] = was ^ (uint8_t)(1u << bit);
			builder_verdict(&file);
			CHECK(*builder_sentence() != '\0');
		}
		file.bytes[at] = was;
	}
	CHECK_SAYS(builder_verdict(&file), ELF_FINE);
	builder_end(&file);
}
