/* Names of functions after the file is gone. */
#include <stdlib.h>

#include <lib/elf_image.h>

#include "elf_builder.h"
#include "test.h"

static struct symtab build(uint32_t segment, void **buffer)
{
	static struct elf_place places[BUILDER_SECTIONS];
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	struct builder file;
	struct elf_image image;
	struct module_report report;
	struct symtab table;
	uint32_t late;

	builder_module(&file);
	late =
	    builder_section(&file, ".text.late", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, NULL, 32);
	builder_symbol(&file, "late_function", STB_LOCAL, STT_FUNC, late, 8);
	builder_symbol(&file, "alias", STB_LOCAL, STT_FUNC, late, 8);
	builder_symbol(&file, "label", STB_LOCAL, STT_NOTYPE, builder_find(&file, ".text"), 4);
	builder_symbol(&file, "", STB_LOCAL, STT_NOTYPE, builder_find(&file, ".text"), 5);
	builder_symbol(&file, "not_code", STB_LOCAL, STT_OBJECT, builder_find(&file, ".text"), 6);
	builder_symbol(&file, "behind_the_end", STB_LOCAL, STT_FUNC, builder_find(&file, ".text"),
		       3);
	builder_finish(&file);
	builder_section_at(&file, builder_find(&file, ".symtab"))->sh_size -=
	    sizeof(struct elf_symbol);
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), 0);
	elf_lay_out(&image, places);
	*buffer = malloc(symtab_build(&image, segment, NULL, NULL));
	symtab_build(&image, segment, *buffer, &table);
	builder_end(&file);
	return table;
}

static void check_find(const struct symtab *table, uint32_t offset, const char *name,
		       uint32_t distance)
{
	uint32_t within = 0;

	CHECK_STR(symtab_find(table, offset, &within), name);
	CHECK_EQ(within, distance);
}

static uint32_t count_of(const struct symtab *table)
{
	uint32_t next = 0, count = 0;

	while (symtab_next(table, &next))
		count++;
	CHECK_EQ(next, table->size);
	return count;
}

TEST(functions_are_found)
{
	void *buffer;
	struct symtab table = build(ELF_TEXT, &buffer);

	CHECK_EQ(count_of(&table), 5);
	check_find(&table, 0, NULL, 0);
	check_find(&table, 3, NULL, 0);
	check_find(&table, 4, "label", 0);
	check_find(&table, 15, "label", 11);
	check_find(&table, 16, "sample_call", 0);
	check_find(&table, 31, "sample_call", 15);
	check_find(&table, 32, "cleanup_module", 0);
	check_find(&table, 71, "cleanup_module", 39);
	check_find(&table, 72, "late_function", 0);
	check_find(&table, UINT32_MAX, "late_function", UINT32_MAX - 72);
	free(buffer);
}

TEST(each_segment_has_its_own)
{
	void *buffer;
	struct symtab table = build(ELF_INIT_TEXT, &buffer);

	CHECK_EQ(count_of(&table), 1);
	check_find(&table, 5, "init_module", 5);
	free(buffer);
	table = build(ELF_INIT_DATA, &buffer);
	CHECK_EQ(count_of(&table), 0);
	check_find(&table, 5, NULL, 0);
	free(buffer);
}

static void check_next(const struct symtab *table, uint32_t *next, const char *name, bool global)
{
	const struct symtab_entry *entry = symtab_next(table, next);

	CHECK(entry);
	CHECK_STR(entry->name, name);
	CHECK_EQ(entry->global, global);
}

TEST(functions_one_after_the_other)
{
	void *buffer;
	struct symtab table = build(ELF_TEXT, &buffer);
	uint32_t next = 0;

	check_next(&table, &next, "cleanup_module", true);
	check_next(&table, &next, "sample_call", true);
	check_next(&table, &next, "late_function", false);
	check_next(&table, &next, "alias", false);
	check_next(&table, &next, "label", false);
	CHECK(!symtab_next(&table, &next));
	free(buffer);
}
