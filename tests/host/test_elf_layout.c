/* Where sections go, what is refused as too large, and what is in memory afterwards. */
#include <stdlib.h>

#include <lib/elf_image.h>
#include <lib/errno.h>

#include "elf_builder.h"
#include "elf_reason.h"

static struct builder file;
static struct elf_limits limits = {64ull << 20, 64ull << 20, 4096};
static struct elf_image image;
static struct elf_place places[BUILDER_SECTIONS];
static struct module_report report;

static int measure(void)
{
	report_clear(&report);
	return elf_image_validate(file.bytes, file.size, &limits, &image, &report);
}

static struct elf_place place(const char *name)
{
	return places[builder_find(&file, name)];
}

TEST(segments)
{
	static const uint8_t bytes[5000] = {9};

	builder_module(&file);
	builder_section(&file, ".init.data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 10);
	builder_section(&file, ".init.rodata", SHT_PROGBITS, SHF_ALLOC, bytes, 10);
	builder_section(&file, ".data.late", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 5000);
	builder_section(&file, ".percpu.more", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 8);
	builder_section(&file, ".percpus", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, bytes, 8);
	builder_section(&file, ".initial", SHT_PROGBITS, SHF_ALLOC, bytes, 8);
	builder_finish(&file);
	CHECK_EQ(measure(), 0);
	elf_lay_out(&image, places);
	CHECK_EQ(place(".text").segment, ELF_TEXT);
	CHECK_EQ(place(".init.text").segment, ELF_INIT_TEXT);
	CHECK_EQ(place(".init.data").segment, ELF_INIT_DATA);
	CHECK_EQ(place(".init.rodata").segment, ELF_INIT_DATA);
	CHECK_EQ(place(".init.rodata").offset, 16);
	CHECK_EQ(place(".percpu").segment, ELF_PERCPU);
	CHECK_EQ(place(".percpu.more").segment, ELF_PERCPU);
	CHECK_EQ(place(".percpu.more").offset, 24);
	CHECK_EQ(place(".percpus").segment, ELF_DATA);
	CHECK_EQ(place(".initial").segment, ELF_RODATA);
	CHECK_EQ(place(".debug_info").segment, ELF_NOT_LOADED);
	CHECK_EQ(place(".symtab").segment, ELF_NOT_LOADED);
	/* bss comes after all that has bytes, wherever it stands in the file */
	CHECK_EQ(place(".data").offset, 0);
	CHECK_EQ(place(".data.late").offset, 64);
	CHECK_EQ(place(".percpus").offset, 5064);
	CHECK_EQ(place(".bss").offset, 5072);
	CHECK_EQ(image.layout.segment[ELF_DATA].size, 5172);
	CHECK_EQ(image.layout.segment[ELF_TEXT].offset, 0);
	CHECK_EQ(image.layout.segment[ELF_RODATA].offset, 4096);
	CHECK_EQ(image.layout.segment[ELF_DATA].offset, 8192);
	CHECK_EQ(image.layout.core_span, 16384);
	CHECK_EQ(image.layout.segment[ELF_INIT_DATA].offset, 4096);
	CHECK_EQ(image.layout.init_span, 8192);
	CHECK_EQ(image.layout.segment[ELF_PERCPU].size, 32);
	CHECK_EQ(image.layout.segment[ELF_PERCPU].align, 8);
	builder_end(&file);
}

TEST(alignment_in_a_segment)
{
	builder_module(&file);
	builder_section(&file, ".data.one", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 1);
	builder_section(&file, ".data.page", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 1);
	builder_section(&file, ".data.zero", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 1);
	file.sections[builder_find(&file, ".data.page")].sh_addralign = 4096;
	file.sections[builder_find(&file, ".data.zero")].sh_addralign = 0;
	builder_finish(&file);
	CHECK_EQ(measure(), 0);
	elf_lay_out(&image, places);
	CHECK_EQ(place(".data.one").offset, 64);
	CHECK_EQ(place(".data.page").offset, 4096);
	CHECK_EQ(place(".data.zero").offset, 4097);
	CHECK_EQ(image.layout.segment[ELF_DATA].align, 4096);
	builder_end(&file);
}

static int with_bss(uint64_t size)
{
	int err;

	builder_module(&file);
	file.sections[builder_find(&file, ".bss")].sh_size = size;
	builder_finish(&file);
	err = measure();
	builder_end(&file);
	return err;
}

TEST(too_large)
{
	uint64_t others;

	CHECK_EQ(with_bss(0), 0);
	others = 0;
	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		others += image.layout.segment[i].size;
	CHECK_EQ(with_bss((64ull << 20) - others), 0);
	CHECK_EQ(with_bss((64ull << 20) - others + 1), -E2BIG);
	CHECK_SAYS(report.text, ELF_LOAD_LIMIT);
	CHECK_EQ(with_bss((1ull << 32) + 16), -E2BIG);
	CHECK_EQ(with_bss(1ull << 63), -E2BIG);
	CHECK_EQ(with_bss(UINT64_MAX), -E2BIG);
}

TEST(filling)
{
	static uint8_t bytes[BUILDER_SECTIONS * 4096] __attribute__((aligned(4096)));
	uint8_t *data;

	builder_module(&file);
	builder_section(&file, ".data.odd", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, NULL, 1);
	builder_section(&file, ".data.next", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "\7", 1);
	builder_finish(&file);
	CHECK_EQ(measure(), 0);
	elf_lay_out(&image, places);
	memset(bytes, 0xee, sizeof(bytes));
	elf_memory_fill(&image, (struct elf_where){bytes, 0x10000},
			(struct elf_where){bytes + 65536, 0x20000},
			(struct elf_where){bytes + 98304, 0x300});
	data = image.layout.segment[ELF_DATA].now;
	CHECK_EQ(image.layout.segment[ELF_DATA].run,
		 0x10000 + image.layout.segment[ELF_DATA].offset);
	CHECK_EQ(data[0], 1);
	CHECK_EQ(data[2], 3);
	for (unsigned i = 3; i < 72; i++)
		CHECK_EQ(data[i], 0); /* the gap in front of .data.next too */
	CHECK_EQ(data[72], 7);
	for (unsigned i = 73; i < 4096; i++)
		CHECK_EQ(data[i], 0); /* bss and the end of the page */
	CHECK_EQ(data[4096], 0xee);
	CHECK_EQ(image.layout.segment[ELF_PERCPU].now[0], 1);
	CHECK_EQ(image.layout.segment[ELF_PERCPU].now[23], 0);
	CHECK_EQ(image.layout.segment[ELF_PERCPU].now[24], 0xee);
	builder_end(&file);
}

TEST(looking_into_memory)
{
	static uint8_t bytes[16384] __attribute__((aligned(4096)));
	struct elf_layout layout = {};
	unsigned data = ELF_IN(ELF_DATA);

	layout.segment[ELF_DATA].size = 16;
	layout.segment[ELF_TEXT].size = 16;
	layout.segment[ELF_DATA].now = bytes;
	layout.segment[ELF_DATA].run = 0xffffffffa0001000;
	layout.segment[ELF_TEXT].now = bytes + 4096;
	layout.segment[ELF_TEXT].run = 0xffffffffa0000000;
	memcpy(bytes, "abc\0defghijklmno", 16);
	CHECK(elf_memory_at(&layout, 0xffffffffa0001000, 16, data) == bytes);
	CHECK(elf_memory_at(&layout, 0xffffffffa0001000, 17, data) == NULL);
	CHECK(elf_memory_at(&layout, 0xffffffffa000100f, 1, data) == bytes + 15);
	CHECK(elf_memory_at(&layout, 0xffffffffa0001010, 1, data) == NULL);
	CHECK(elf_memory_at(&layout, 0xffffffffa0000fff, 1, data) == NULL);
	CHECK(elf_memory_at(&layout, 0xffffffffa0001008, UINT64_MAX, data) == NULL);
	CHECK(elf_memory_at(&layout, 0xffffffffa0000000, 1, data) == NULL);
	CHECK_STR(elf_memory_string(&layout, 0xffffffffa0001000, data), "abc");
	CHECK_STR(elf_memory_string(&layout, 0xffffffffa0001003, data), "");
	CHECK(elf_memory_string(&layout, 0xffffffffa0001004, data) == NULL);
	CHECK(elf_memory_string(&layout, 0xffffffffa0001010, data) == NULL);
}
