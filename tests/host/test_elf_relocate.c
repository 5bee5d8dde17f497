/* Symbols become values, values become bytes: formulas, fits, bounds. */
#include <lib/elf_image.h>
#include <lib/errno.h>

#include "elf_builder.h"
#include "elf_verdict.h"

#define RUN 0xffffffffa0000000u

/* Types that are refused. */
enum { R_X86_64_GOTPCREL = 9, R_X86_64_TPOFF32 = 23, R_X86_64_IRELATIVE = 37 };
enum { R_X86_64_GOTPCRELX = 41, R_X86_64_REX_GOTPCRELX = 42 };

static struct builder file;
static struct elf_image image;
static struct elf_place places[BUILDER_SECTIONS];
static uint64_t values[BUILDER_SYMBOLS];
static struct module_report report;
static uint8_t core[16384] __attribute__((aligned(4096)));
static uint8_t init[8192] __attribute__((aligned(4096)));
static uint64_t other; /* the value of every undefined symbol */
static uint32_t text, symbol;
static const char *sentence;

/* A file with .text of 64 bytes, and the undefined symbol `other`. */
static void begin(void)
{
	static const uint8_t bytes[64] = {};

	builder_begin(&file);
	text = builder_section(&file, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, bytes, 64);
	symbol = builder_symbol(&file, "other", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
	other = RUN;
}

static int link_and_relocate(void)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	int err;

	builder_finish(&file);
	report_clear(&report);
	err = elf_image_validate(file.bytes, file.size, &limits, &image, &report);
	CHECK_EQ(err, 0);
	elf_lay_out(&image, places);
	elf_memory_fill(&image, (struct elf_where){core, RUN},
			(struct elf_where){init, RUN + 0x100000},
			(struct elf_where){init, 0x200000});
	err = elf_link_symbols(&image, &other, values);
	values[image.symbol_count] = RUN; /* would fit, but is nobody's */
	if (err == 0)
		err = elf_relocate(&image, values);
	sentence = reason_with_cure(report.text);
	builder_end(&file);
	return err;
}

/* One relocation of @type at @offset against a symbol of this value. */
static int one(uint32_t type, uint64_t offset, uint64_t value, int64_t addend)
{
	begin();
	other = value;
	builder_rela(&file, text, offset, type, symbol, addend);
	return link_and_relocate();
}

static uint64_t stored(unsigned offset, unsigned width)
{
	uint64_t value = 0;

	memcpy(&value, core + offset, width);
	return value;
}

#define GOOD(type, offset, value, addend, width, expected)                                         \
	do {                                                                                       \
		CHECK_EQ(one(type, offset, value, addend), 0);                                     \
		CHECK_EQ(stored(offset, width), (uint64_t)(expected));                             \
		CHECK_EQ(core[(offset) + (width)], 0);                                             \
	} while (0)
#define BAD(type, offset, value, addend, expected)                                                 \
	do {                                                                                       \
		CHECK_EQ(one(type, offset, value, addend), -ENOEXEC);                              \
		CHECK_SAYS(sentence, expected);                                                    \
		CHECK_EQ(stored(0, 8), 0);                                                         \
	} while (0)

TEST(absolute_64)
{
	GOOD(R_X86_64_64, 0, 0xffffffff80001234, 4, 8, 0xffffffff80001238);
	GOOD(R_X86_64_64, 8, 0x123456789abcdef0, -0x10, 8, 0x123456789abcdee0);
	GOOD(R_X86_64_64, 0, 1ull << 63, 0, 8, 1ull << 63);
	GOOD(R_X86_64_PC64, 8, RUN + 0x20, 0, 8, 0x18);
	GOOD(R_X86_64_PC64, 8, 0x1000, 0, 8, 0x1000 - RUN - 8);
}

TEST(unsigned_32)
{
	GOOD(R_X86_64_32, 4, 0xffffffff, 0, 4, 0xffffffff);
	GOOD(R_X86_64_32, 4, 1ull << 32, -1, 4, 0xffffffff);
	BAD(R_X86_64_32, 4, 0xffffffff, 1, ELF_RELOCATION_FIT);
	BAD(R_X86_64_32, 4, 0, -1, ELF_RELOCATION_FIT);
	BAD(R_X86_64_32, 4, 0xffffffff80001234, 0, ELF_RELOCATION_FIT);
}

TEST(signed_32)
{
	GOOD(R_X86_64_32S, 0, 0x7fffffff, 0, 4, 0x7fffffff);
	BAD(R_X86_64_32S, 0, 0x7fffffff, 1, ELF_RELOCATION_FIT);
	GOOD(R_X86_64_32S, 0, 0xffffffff80000000, 0, 4, 0x80000000);
	BAD(R_X86_64_32S, 0, 0xffffffff80000000, -1, ELF_RELOCATION_FIT);
	BAD(R_X86_64_32S, 0, 1ull << 63, 0, ELF_RELOCATION_FIT);
	GOOD(R_X86_64_32S, 0, 1ull << 63, INT64_MIN, 4, 0);
}

TEST(relative_32)
{
	static const uint32_t types[] = {R_X86_64_PC32, R_X86_64_PLT32};

	for (unsigned i = 0; i < 2; i++) {
		GOOD(types[i], 8, RUN + 0x20, -4, 4, 0x20 - 4 - 8);
		GOOD(types[i], 8, RUN + 8 + 0x7fffffffull, 0, 4, 0x7fffffff);
		BAD(types[i], 8, RUN + 8 + 0x80000000ull, 0, ELF_RELOCATION_FIT_DISTANCE);
		GOOD(types[i], 8, RUN + 8 - 0x80000000ull, 0, 4, 0x80000000);
		BAD(types[i], 8, RUN + 8 - 0x80000001ull, 0, ELF_RELOCATION_FIT_DISTANCE);
		BAD(types[i], 8, 0xffff800000000000, 0, ELF_RELOCATION_FIT_DISTANCE);
	}
}

TEST(bounds)
{
	static const uint32_t types[] = {R_X86_64_PC32, R_X86_64_PLT32, R_X86_64_32, R_X86_64_32S};

	for (unsigned i = 0; i < 4; i++) {
		uint64_t value = types[i] == R_X86_64_32 ? 5 : RUN;

		CHECK_EQ(one(types[i], 60, value, 0), 0);
		BAD(types[i], 61, value, 0, ELF_RELOCATION_BOUNDS);
		BAD(types[i], 64, value, 0, ELF_RELOCATION_BOUNDS);
		BAD(types[i], 0ull - 4, value, 0, ELF_RELOCATION_BOUNDS);
		CHECK_EQ(core[64], 0);
	}
	CHECK_EQ(one(R_X86_64_64, 56, 1, 0), 0);
	BAD(R_X86_64_64, 57, 1, 0, ELF_RELOCATION_BOUNDS);
	BAD(R_X86_64_PC64, 57, 1, 0, ELF_RELOCATION_BOUNDS);
	BAD(R_X86_64_64, 0ull - 8, 1, 0, ELF_RELOCATION_BOUNDS);
}

TEST(a_section_smaller_than_a_store)
{
	for (uint64_t size = 0; size < 8; size++) {
		uint32_t small;

		begin();
		small = builder_section(&file, ".tiny", SHT_PROGBITS, SHF_ALLOC, NULL, size);
		other = 1;
		builder_rela(&file, small, 0, size < 4 ? R_X86_64_32S : R_X86_64_64, symbol, 0);
		CHECK_EQ(link_and_relocate(), -ENOEXEC);
		CHECK_SAYS(sentence, ELF_RELOCATION_BOUNDS);
	}
}

TEST(symbol_index)
{
	begin();
	builder_rela(&file, text, 0, R_X86_64_64, 1, 0);
	CHECK_EQ(link_and_relocate(), 0);
	for (unsigned i = 0; i < 3; i++) {
		static const uint32_t types[] = {R_X86_64_64, R_X86_64_PC32, R_X86_64_NONE};

		begin();
		builder_rela(&file, text, 0, types[i], 2, 0);
		CHECK_EQ(link_and_relocate(), -ENOEXEC);
		CHECK_SAYS(sentence, "relocation 0: symbol 2 is not below 2");
	}
}

TEST(symbol_zero_is_zero)
{
	begin();
	builder_rela(&file, text, 0, R_X86_64_64, 0, 0x1234);
	CHECK_EQ(link_and_relocate(), 0);
	CHECK_EQ(stored(0, 8), 0x1234);
}

TEST(unsupported_types)
{
	static const struct {
		uint32_t type;
		const char *reason;
		const char *hint;
	} rows[] = {
	    {255, ELF_RELOCATION_NONE_SUCH, "type 255,"},
	    {0xffffffff, ELF_RELOCATION_NONE_SUCH, "4294967295"},
	    {12, ELF_RELOCATION_NARROW, "R_X86_64_16 "},
	    {13, ELF_RELOCATION_NARROW, "R_X86_64_PC16 "},
	    {14, ELF_RELOCATION_NARROW, "R_X86_64_8 "},
	    {15, ELF_RELOCATION_NARROW, "R_X86_64_PC8 "},
	    {8, ELF_RELOCATION_FINISHED, "R_X86_64_RELATIVE "},
	    {R_X86_64_IRELATIVE, ELF_RELOCATION_FINISHED, "R_X86_64_IRELATIVE "},
	    {R_X86_64_GOTPCREL, ELF_RELOCATION_PIC, "-fno-pic"},
	    {R_X86_64_REX_GOTPCRELX, ELF_RELOCATION_PIC,
	     "type 42, which is not supported; R_X86_64_REX_GOTPCRELX "},
	    {R_X86_64_GOTPCRELX, ELF_RELOCATION_PIC, "without -fno-plt"},
	    {R_X86_64_TPOFF32, ELF_RELOCATION_TLS,
	     "R_X86_64_TPOFF32 is thread-local; use DEFINE_PER_CPU"},
	    {36, ELF_RELOCATION_TLS, "R_X86_64_TLSDESC "},
	    {31, ELF_RELOCATION_PIC, "R_X86_64_PLTOFF64 "},
	    {32, ELF_RELOCATION_TYPE, "R_X86_64_SIZE32 "}, /* no bit of a word stands for it */
	    {38, ELF_RELOCATION_FINISHED, "R_X86_64_RELATIVE64 "},
	    {39, ELF_RELOCATION_NONE_SUCH, "type 39,"},
	    {25, ELF_RELOCATION_PIC, "R_X86_64_GOTOFF64"},
	    {43, ELF_RELOCATION_NONE_SUCH, "type 43,"},
	};

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		BAD(rows[i].type, 0, RUN, 0, rows[i].reason);
		CHECK(strstr(sentence, rows[i].hint) != NULL);
	}
	CHECK_EQ(one(R_X86_64_NONE, 0, RUN, 0), 0);
	CHECK_EQ(stored(0, 8), 0);
}

TEST(the_sentence_names_everything_but_addresses)
{
	one(R_X86_64_32, 4, 0xffffffff80001234, 0);
	CHECK_STR(sentence,
		  "section 2 (.rela.text): relocation 0 (R_X86_64_32): value other+0 does "
		  "not fit in 32 bits; compile with -mcmodel=kernel");
	one(R_X86_64_PC32, 4, 1ull << 40, -4);
	CHECK_STR(sentence, "section 2 (.rela.text): relocation 0 (R_X86_64_PC32): the distance to "
			    "value other-4 does not fit in 32 bits");
}

/* Undefined symbols take their values in file order. */
TEST(imports)
{
	static const uint64_t imports[] = {RUN + 1, 0, RUN + 3};
	struct elf_limits limits = ELF_LIMITS_DEFAULT;

	begin();
	builder_symbol(&file, "weak", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0);
	builder_symbol(&file, "fixed", STB_GLOBAL, STT_NOTYPE, SHN_ABS, 9);
	builder_symbol(&file, "last", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
	builder_finish(&file);
	CHECK_EQ(elf_image_validate(file.bytes, file.size, &limits, &image, &report), 0);
	elf_lay_out(&image, places);
	CHECK_EQ(elf_link_symbols(&image, imports, values), 0);
	CHECK_EQ(values[symbol], RUN + 1);
	CHECK_EQ(values[symbol + 1], 0);
	CHECK_EQ(values[symbol + 2], 9);
	CHECK_EQ(values[symbol + 3], RUN + 3);
	builder_end(&file);
}

TEST(values_of_defined_symbols)
{
	uint32_t early, percpu, debug, absolute, late;

	begin();
	early =
	    builder_section(&file, ".init.text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, NULL, 16);
	percpu = builder_section(&file, ".percpu", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, 32);
	debug = builder_section(&file, ".debug_line", SHT_PROGBITS, 0, NULL, 8);
	late =
	    builder_section(&file, ".text.late", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, NULL, 16);
	early = builder_symbol(&file, "early", STB_LOCAL, STT_FUNC, early, 3);
	percpu = builder_symbol(&file, "percpu", STB_LOCAL, STT_OBJECT, percpu, 8);
	builder_symbol(&file, "debug", STB_LOCAL, STT_OBJECT, debug, 0);
	late = builder_symbol(&file, "late", STB_LOCAL, STT_FUNC, late, 1);
	absolute = builder_symbol(&file, "absolute", STB_LOCAL, STT_NOTYPE, SHN_ABS, 0x77);
	builder_rela(&file, text, 0, R_X86_64_32S, percpu, 0);
	CHECK_EQ(link_and_relocate(), 0);
	CHECK_EQ(values[early], RUN + 0x100003ull);
	CHECK_EQ(values[percpu], 0x200008);
	CHECK_EQ(values[late], RUN + 65ull);
	CHECK_EQ(values[absolute], 0x77);
	CHECK_EQ(stored(0, 4), 0x200008);
}

/* Whatever the addend, also that which would make any mark for "no value" fit. */
TEST(reference_to_what_is_not_loaded)
{
	static const uint32_t types[] = {R_X86_64_64,  R_X86_64_PC64, R_X86_64_32,
					 R_X86_64_32S, R_X86_64_PC32, R_X86_64_PLT32};
	static const int64_t addends[] = {0, 4, INT64_MIN, INT64_MIN + 1, INT64_MIN + RUN, -1};

	for (unsigned i = 0; i < 6; i++) {
		for (unsigned j = 0; j < 6; j++) {
			uint32_t debug;

			begin();
			debug = builder_section(&file, ".debug_line", SHT_PROGBITS, 0, NULL, 8);
			debug = builder_symbol(&file, "", STB_LOCAL, STT_SECTION, debug, 0);
			builder_rela(&file, text, 0, types[i], debug, addends[j]);
			CHECK_EQ(link_and_relocate(), -ENOEXEC);
			CHECK_SAYS(sentence, ELF_RELOCATION_UNRESOLVED);
			CHECK_SAYS(sentence, "(.debug_line)");
		}
	}
}

/* No value of an absolute symbol means anything else. */
TEST(absolute_symbols_of_any_value)
{
	static const uint64_t absolute[] = {0, 1, 1ull << 31, 1ull << 63, UINT64_MAX};

	for (unsigned i = 0; i < 5; i++) {
		begin();
		symbol =
		    builder_symbol(&file, "fixed", STB_GLOBAL, STT_NOTYPE, SHN_ABS, absolute[i]);
		builder_rela(&file, text, 0, R_X86_64_64, symbol, 3);
		CHECK_EQ(link_and_relocate(), 0);
		CHECK_EQ(stored(0, 8), absolute[i] + 3);
	}
}

TEST(first_bad_entry_is_named)
{
	begin();
	other = RUN;
	builder_rela(&file, text, 0, R_X86_64_PC32, symbol, 0);
	builder_rela(&file, text, 4, R_X86_64_PC32, symbol, 0);
	builder_rela(&file, text, 63, R_X86_64_PC32, symbol, 0);
	CHECK_EQ(link_and_relocate(), -ENOEXEC);
	CHECK_SAYS(sentence, "relocation 2 to other: r_offset 63 does not lie in the 64 bytes");
}

TEST(entries_are_counted)
{
	begin();
	other = RUN;
	builder_rela(&file, text, 0, R_X86_64_PC32, symbol, 0);
	builder_rela(&file, text, 4, R_X86_64_NONE, symbol, 0);
	builder_section(&file, ".debug_x", SHT_PROGBITS, 0, NULL, 8);
	builder_rela(&file, builder_find(&file, ".debug_x"), 4, 99, 99, 0);
	CHECK_EQ(link_and_relocate(), 0);
	CHECK_EQ(image.relocations, 2);
}
