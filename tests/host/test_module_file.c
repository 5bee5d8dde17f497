/* The descriptor, its tables and its lines of information. */
#include <stdlib.h>

#include <lib/errno.h>
#include <lib/module_file.h>

#include "../../tools/komod-check/trial.h"
#include "elf_verdict.h"
#include "test.h"

static struct builder file;

static void good(void)
{
	builder_module(&file);
	builder_finish(&file);
}

#define VERDICT(expected)                                                                          \
	do {                                                                                       \
		CHECK_SAYS(builder_verdict(&file), expected);                                      \
		CHECK_EQ(builder_error(), strcmp(expected, ELF_FINE) == 0 ? 0 : -ENOEXEC);         \
		builder_end(&file);                                                                \
		good();                                                                            \
	} while (0)

static struct module_descriptor *descriptor(void)
{
	return (struct module_descriptor *)builder_bytes_of(&file,
							    builder_find(&file, ".tenon.module"));
}

static struct elf_section *section(const char *name)
{
	return builder_section_at(&file, builder_find(&file, name));
}

static struct elf_rela *rela(const char *name, unsigned index)
{
	return builder_rela_at(&file, builder_find(&file, name), index);
}

TEST(descriptor_fields)
{
	good();
	descriptor()->magic++;
	VERDICT(MODULE_BAD_MAGIC);
	descriptor()->abi++;
	CHECK_SAYS(builder_verdict(&file), MODULE_OTHER_ABI);
	CHECK_STR(builder_sentence(), "built for module ABI 2, this kernel has ABI 1; build it "
				      "again with this kernel's headers");
	VERDICT(MODULE_OTHER_ABI);
	descriptor()->size--;
	VERDICT(MODULE_BAD_SIZE);
	section(".tenon.module")->sh_size--;
	VERDICT(MODULE_BAD_SIZE);
	section(".tenon.module")->sh_size = 0;
	VERDICT(MODULE_BAD_SIZE);
	section(".tenon.module")->sh_size++;
	VERDICT(MODULE_DESCRIPTORS);
	descriptor()->abi++;
	section(".tenon.module")->sh_size++;
	VERDICT(MODULE_OTHER_ABI);
	section(".tenon.module")->sh_addralign = 4;
	CHECK_SAYS(builder_verdict(&file), "sh_addralign is 4, at least 8");
	VERDICT(MODULE_SECTION_ALIGN);
	section(".tenon.module")->sh_flags = 0;
	VERDICT(MODULE_SECTION_KIND);
	section(".tenon.module")->sh_type = SHT_NOTE;
	VERDICT(MODULE_SECTION_TYPE);
	section(".modinfo")->sh_type = SHT_NOBITS;
	VERDICT(MODULE_ONLY_DEBUG);
	section(".modinfo")->sh_type = SHT_NOTE;
	VERDICT(MODULE_SECTION_TYPE);
	builder_end(&file);
}

TEST(missing_and_doubled_sections)
{
	static const char *const names[] = {".tenon.module", ".modinfo", ".tenon.exports",
					    ".tenon.params"};

	for (unsigned i = 0; i < 4; i++) {
		uint32_t other;

		good();
		other = builder_find(&file, ".llvm_addrsig");
		section(".llvm_addrsig")->sh_name = section(names[i])->sh_name;
		CHECK_SAYS(builder_verdict(&file), MODULE_SECTION_TWICE);
		section(names[i])->sh_name = builder_section_at(&file, other)->sh_name = 0;
		CHECK_SAYS(builder_verdict(&file), i < 2 ? MODULE_NO_SECTION : ELF_FINE);
		builder_end(&file);
	}
}

TEST(name_lengths)
{
	static const struct {
		unsigned length;
		const char *reason;
	} rows[] = {{0, MODULE_BAD_NAME}, {1, ELF_FINE}, {55, ELF_FINE}, {56, MODULE_BAD_NAME}};

	good();
	for (unsigned i = 0; i < 4; i++) {
		memset(descriptor()->name, 0, sizeof(descriptor()->name));
		memset(descriptor()->name, 'n', rows[i].length);
		VERDICT(rows[i].reason);
	}
	descriptor()->name[3] = '/';
	VERDICT(MODULE_BAD_NAME);
	descriptor()->name[3] = '-';
	VERDICT(ELF_FINE);
	builder_end(&file);
}

TEST(canonical_names)
{
	char name[MODULE_NAME_SIZE];

	CHECK_EQ(module_name_canonical("a-b_C9", 6, name), 0);
	CHECK_STR(name, "a_b_C9");
	CHECK_EQ(module_name_canonical("abc", 2, name), 0);
	CHECK_STR(name, "ab");
	CHECK_EQ(module_name_canonical("", 0, name), -EINVAL);
	CHECK_EQ(module_name_canonical("a b", 3, name), -EINVAL);
	CHECK_EQ(module_name_canonical("a\0b", 3, name), -EINVAL);
	CHECK_EQ(module_name_canonical("\xc3\xa4", 2, name), -EINVAL);
	CHECK_EQ(module_name_canonical("AZaz09", 6, name), 0);
	for (const char *beside = "@[`{/:.,"; *beside != '\0'; beside++)
		CHECK_EQ(module_name_canonical(beside, 1, name), -EINVAL);
}

TEST(entry_points)
{
	good();
	rela(".tenon.module", 0)->r_addend = 15; /* .init.text has 16 bytes */
	VERDICT(ELF_FINE);
	rela(".tenon.module", 0)->r_addend = 16;
	VERDICT(MODULE_POINTER);
	rela(".tenon.module", 1)->r_addend = 31; /* at 32 of 64 */
	VERDICT(ELF_FINE);
	rela(".tenon.module", 1)->r_addend = 32;
	CHECK_SAYS(builder_verdict(&file), MODULE_POINTER);
	CHECK(strstr(builder_sentence(), "exit") != NULL);
	VERDICT(MODULE_POINTER);
	/* exit in what is thrown away after init */
	rela(".tenon.module", 1)->r_info = rela(".tenon.module", 0)->r_info;
	VERDICT(MODULE_POINTER);
	/* init in text that stays is fine, in data it is not */
	rela(".tenon.module", 0)->r_info = rela(".tenon.module", 1)->r_info;
	VERDICT(ELF_FINE);
	rela(".tenon.module", 0)->r_info = rela(".tenon.params", 1)->r_info;
	VERDICT(MODULE_POINTER);
	/* neither */
	rela(".tenon.module", 0)->r_info = R_X86_64_NONE;
	rela(".tenon.module", 1)->r_info = R_X86_64_NONE;
	VERDICT(ELF_FINE);
	/* pointers that are in no table of relocations */
	rela(".tenon.module", 0)->r_info = R_X86_64_64;
	rela(".tenon.module", 0)->r_addend = 0x1234;
	VERDICT(MODULE_POINTER);
	builder_end(&file);
}

TEST(exports)
{
	good();
	rela(".tenon.exports", 0)->r_addend = 47; /* sample_call is at 16 of 64 */
	VERDICT(ELF_FINE);
	rela(".tenon.exports", 0)->r_addend = 48;
	VERDICT(MODULE_EXPORT_ELSEWHERE);
	rela(".tenon.exports", 0)->r_info = rela(".tenon.module", 0)->r_info;
	VERDICT(MODULE_EXPORT_VALUE);
	builder_end(&file);
}

/* Names of exports and parameters are as long as names of symbols may be: the last good length and
 * the first bad one. */
TEST(lengths_of_names_in_tables)
{
	static const char *const tables[] = {".tenon.exports", ".tenon.params"};
	static const unsigned entries[] = {1, 0};

	for (unsigned i = 0; i < 4; i++) {
		static char long_name[ELF_NAME_LONGEST + 2];
		uint32_t names;

		memset(long_name, 'n', ELF_NAME_LONGEST + i % 2);
		long_name[ELF_NAME_LONGEST + i % 2] = '\0';
		builder_module(&file);
		names = builder_section(&file, ".rodata.names", SHT_PROGBITS, SHF_ALLOC, long_name,
					ELF_NAME_LONGEST + 2);
		names = builder_symbol(&file, "", STB_LOCAL, STT_SECTION, names, 0);
		builder_finish(&file);
		rela(tables[i / 2], entries[i / 2])->r_info = (uint64_t)names << 32 | R_X86_64_64;
		rela(tables[i / 2], entries[i / 2])->r_addend = 0;
		CHECK_EQ(strstr(builder_verdict(&file), "not a string of 1 to 511 bytes") != NULL,
			 i % 2);
		builder_end(&file);
	}
}

TEST(counts_of_entries)
{
	static const struct {
		const char *table;
		size_t entry;
		unsigned most;
		const char *words;
	} rows[] = {{".tenon.exports", sizeof(struct module_export), 32768,
		     "786456 bytes, the limit is 786432"},
		    {".tenon.params", sizeof(struct module_param), 4096,
		     "163880 bytes, the limit is 163840"}};

	for (unsigned i = 0; i < 4; i++) {
		size_t size = (rows[i / 2].most + i % 2) * rows[i / 2].entry;
		char *zeros = calloc(1, size);

		builder_module(&file);
		builder_section(&file, ".debug_room", SHT_PROGBITS, 0, zeros, size);
		builder_finish(&file);
		section(rows[i / 2].table)->sh_offset = section(".debug_room")->sh_offset;
		section(rows[i / 2].table)->sh_size = size;
		CHECK_EQ(strstr(builder_verdict(&file), rows[i / 2].words) != NULL, i % 2);
		builder_end(&file);
		free(zeros);
	}
}

static char *vermagic(void)
{
	char *line = (char *)builder_bytes_of(&file, builder_find(&file, ".modinfo"));

	while (strncmp(line, "vermagic=", 9) != 0)
		line += strlen(line) + 1;
	return line;
}

TEST(built_for_this_kernel)
{
	good();
	vermagic()[9] = 'T';
	VERDICT(MODULE_OTHER_KERNEL);
	vermagic()[0] = 'V';
	VERDICT(MODULE_NO_KERNEL);
	section(".percpu")->sh_addralign = MODULE_PERCPU_ALIGN;
	VERDICT(ELF_FINE);
	section(".percpu")->sh_addralign = MODULE_PERCPU_ALIGN * 2;
	VERDICT(MODULE_PERCPU_ALIGNMENT);
	builder_end(&file);
}

TEST(export_of_a_foreign_symbol)
{
	good();
	rela(".tenon.exports", 0)->r_info =
	    (rela(".text", 0)->r_info & ~0xffffffffull) | R_X86_64_64;
	VERDICT(MODULE_EXPORT_ELSEWHERE);
	/* a per-CPU variable may be exported */
	rela(".tenon.exports", 0)->r_info =
	    (rela(".text", 1)->r_info & ~0xffffffffull) | R_X86_64_64;
	VERDICT(ELF_FINE);
	rela(".tenon.exports", 1)->r_addend = 18; /* the NUL before its name */
	VERDICT(MODULE_EXPORT_NAME);
	rela(".tenon.exports", 1)->r_addend = 1000;
	VERDICT(MODULE_EXPORT_NAME);
	builder_bytes_of(&file, builder_find(&file, ".rodata.str1.1"))[31] = 'x';
	builder_bytes_of(&file, builder_find(&file, ".rodata.str1.1"))[30] = 'x';
	CHECK_SAYS(builder_verdict(&file), ELF_FINE); /* another section's zeros follow */
	builder_end(&file);
	good();
	section(".tenon.exports")->sh_size--;
	VERDICT(MODULE_TABLE_SIZE);
	builder_end(&file);
}

static struct module_param *param(unsigned index)
{
	return (struct module_param *)builder_bytes_of(&file,
						       builder_find(&file, ".tenon.params")) +
	       index;
}

TEST(parameters)
{
	good();
	rela(".tenon.params", 0)->r_addend = 100000;
	VERDICT(MODULE_PARAM_NAME);
	param(0)->type = MODULE_PARAM_TYPES;
	VERDICT(MODULE_PARAM_TYPE);
	param(0)->type = MODULE_PARAM_long;
	CHECK_SAYS(builder_verdict(&file), MODULE_PARAM_SIZE);
	CHECK(strstr(builder_sentence(), "parameter number: the variable has 4 bytes, type long "
					 "has 8") != NULL);
	VERDICT(MODULE_PARAM_SIZE);
	param(0)->capacity = 0;
	VERDICT(MODULE_PARAM_EMPTY);
	param(2)->capacity = 2;
	VERDICT(MODULE_PARAM_STRINGS);
	param(2)->size = 0;
	VERDICT(MODULE_PARAM_SIZE);
	/* .data has 64 bytes, .bss behind it 100: the int may be at 160, not at 161 */
	rela(".tenon.params", 1)->r_addend = 160;
	VERDICT(ELF_FINE);
	rela(".tenon.params", 1)->r_addend = 161;
	VERDICT(MODULE_PARAM_STORAGE);
	param(1)->capacity = 19; /* from 8 on: 152 bytes, up to 160 of 164 */
	VERDICT(ELF_FINE);
	param(1)->capacity = 20;
	VERDICT(MODULE_PARAM_STORAGE);
	param(1)->capacity = UINT32_MAX;
	VERDICT(MODULE_PARAM_STORAGE);
	param(1)->capacity = 0x20000001; /* 2^32 + 8 bytes */
	VERDICT(MODULE_PARAM_STORAGE);
	param(2)->size = UINT32_MAX;
	VERDICT(MODULE_PARAM_STORAGE);
	rela(".tenon.params", 1)->r_info = rela(".tenon.params", 0)->r_info; /* read-only */
	VERDICT(MODULE_PARAM_STORAGE);
	CHECK_EQ(rela(".tenon.params", 6)->r_offset, 72); /* the count of words */
	rela(".tenon.params", 6)->r_addend = 160;
	VERDICT(ELF_FINE);
	rela(".tenon.params", 6)->r_addend = 161;
	VERDICT(MODULE_PARAM_STORAGE);
	rela(".tenon.params", 6)->r_addend = -4;
	VERDICT(MODULE_PARAM_STORAGE);
	section(".tenon.params")->sh_size -= 8;
	VERDICT(MODULE_TABLE_SIZE);
	builder_end(&file);
}

TEST(information)
{
	struct module_file module;
	struct module_report report;
	struct elf_text field;
	const char *value, *list;
	char name[MODULE_NAME_SIZE];
	uint64_t cursor = 0;
	unsigned lines = 0;

	good();
	CHECK_EQ(module_file_validate(file.bytes, file.size, &ELF_LIMITS_DEFAULT, &module, &report),
		 0);
	CHECK_STR(module.name, "sample");
	CHECK_STR(module_file_info(&module, "license", &cursor), "MIT");
	CHECK_STR(module_file_info(&module, "license", &cursor), "BSD");
	CHECK_STR(module_file_info(&module, "license", &cursor), NULL);
	cursor = 0;
	CHECK_STR(module_file_info(&module, "licens", &cursor), NULL);
	cursor = 0;
	list = module_file_info(&module, "depends", &cursor);
	cursor = 0;
	CHECK(module_depends_next(&list, name));
	CHECK_STR(name, "first");
	CHECK(module_depends_next(&list, name));
	CHECK_STR(name, "second_one");
	CHECK(!module_depends_next(&list, name));
	while (module_file_info_next(&module, &cursor, &field, &value))
		lines++;
	CHECK_EQ(lines, 6);
	CHECK_EQ(field.length, 0);
	CHECK_STR(value, "bare");
	/* What stands behind the section's end is no line of it. */
	section(".modinfo")->sh_size -= sizeof("bare");
	CHECK_EQ(module_file_validate(file.bytes, file.size, &ELF_LIMITS_DEFAULT, &module, &report),
		 0);
	for (cursor = 0, lines = 0; module_file_info_next(&module, &cursor, &field, &value);)
		lines++;
	CHECK_EQ(lines, 5);
	builder_end(&file);
}

TEST(information_has_a_limit)
{
	static char lines[16385];

	for (unsigned less = 0; less <= 1; less++) {
		builder_begin(&file);
		builder_section(&file, ".modinfo", SHT_PROGBITS, SHF_ALLOC, lines,
				sizeof(lines) - less);
		builder_section(&file, ".tenon.module", SHT_PROGBITS, SHF_ALLOC, lines,
				sizeof(struct module_descriptor));
		builder_finish(&file);
		section(".tenon.module")->sh_addralign = 8;
		descriptor()->magic = MODULE_MAGIC;
		descriptor()->abi = MODULE_ABI;
		descriptor()->size = sizeof(struct module_descriptor);
		descriptor()->name[0] = 'a';
		CHECK_EQ(strstr(builder_verdict(&file), "16385 bytes, the limit is 16384") != NULL,
			 less == 0);
		builder_end(&file);
	}
}

TEST(bad_information)
{
	uint8_t *lines;

	good();
	section(".modinfo")->sh_size = 0;
	VERDICT(MODULE_INFO_END);
	section(".modinfo")->sh_size -= 2;
	VERDICT(MODULE_INFO_END);
	lines = builder_bytes_of(&file, builder_find(&file, ".modinfo"));
	memcpy(lines, "depends=\0\0\0", 11);
	VERDICT(ELF_FINE);
	lines = builder_bytes_of(&file, builder_find(&file, ".modinfo"));
	memcpy(lines, "depends=,a\0", 11);
	VERDICT(MODULE_BAD_DEPENDS);
	lines = builder_bytes_of(&file, builder_find(&file, ".modinfo"));
	memcpy(lines, "depends=a/\0", 11);
	VERDICT(MODULE_BAD_DEPENDS);
	builder_end(&file);
}
