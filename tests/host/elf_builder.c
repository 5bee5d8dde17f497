#include "elf_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/descriptor.h>

void builder_begin(struct builder *builder)
{
	memset(builder, 0, sizeof(*builder));
	builder->section_count = 1;
	builder->symbol_count = 1;
}

uint32_t builder_section(struct builder *builder, const char *name, uint32_t type, uint64_t flags,
			 const void *contents, uint64_t size)
{
	uint32_t index = builder->section_count++;

	if (index >= BUILDER_SECTIONS)
		abort();
	snprintf(builder->names[index], sizeof(builder->names[index]), "%s", name);
	builder->sections[index] = (struct elf_section){
	    .sh_type = type, .sh_flags = flags, .sh_size = size, .sh_addralign = 8};
	builder->contents[index] = contents;
	return index;
}

uint32_t builder_symbol(struct builder *builder, const char *name, uint32_t binding, uint32_t type,
			uint32_t section, uint64_t value)
{
	uint32_t index = builder->symbol_count++;

	if (index >= BUILDER_SYMBOLS)
		abort();
	snprintf(builder->symbol_names[index], sizeof(builder->symbol_names[index]), "%s", name);
	builder->symbols[index] = (struct elf_symbol){.st_info = (uint8_t)(binding << 4 | type),
						      .st_shndx = (uint16_t)section,
						      .st_value = value};
	return index;
}

void builder_rela(struct builder *builder, uint32_t target, uint64_t offset, uint32_t type,
		  uint32_t symbol, int64_t addend)
{
	if (builder->relocation_count >= BUILDER_RELOCATIONS)
		abort();
	builder->relocations[builder->relocation_count++] =
	    (struct builder_rela){target, {offset, (uint64_t)symbol << 32 | type, addend}};
}

static size_t append(struct builder *builder, const void *bytes, size_t size)
{
	size_t at = (builder->size + 7) / 8 * 8;

	builder->bytes = realloc(builder->bytes, at + size);
	if (builder->bytes == NULL)
		abort();
	memset(builder->bytes + builder->size, 0, at - builder->size);
	if (bytes != NULL)
		memcpy(builder->bytes + at, bytes, size);
	else
		memset(builder->bytes + at, 0, size);
	builder->size = at + size;
	return at;
}

/* One section of relocations for each target that has some. */
static void add_relocations(struct builder *builder)
{
	static struct elf_rela entries[BUILDER_SECTIONS][BUILDER_RELOCATIONS];
	uint32_t targets = builder->section_count;

	for (uint32_t target = 1; target < targets; target++) {
		uint32_t count = 0, index;
		char name[48];

		for (uint32_t i = 0; i < builder->relocation_count; i++)
			if (builder->relocations[i].target == target)
				entries[target][count++] = builder->relocations[i].rela;
		if (count == 0)
			continue;
		snprintf(name, sizeof(name), ".rela%s", builder->names[target]);
		index = builder_section(builder, name, SHT_RELA, 0, entries[target],
					count * sizeof(struct elf_rela));
		builder->sections[index].sh_info = target;
		builder->sections[index].sh_entsize = sizeof(struct elf_rela);
	}
}

/* The string table's bytes, with each name's offset stored by @store. */
static size_t gather(char *table, const char *names, size_t width, uint32_t count,
		     void (*store)(struct builder *, uint32_t, uint32_t), struct builder *builder)
{
	size_t used = 1;

	table[0] = '\0';
	for (uint32_t i = 1; i < count; i++) {
		const char *name = names + i * width;

		store(builder, i, *name == '\0' ? 0 : (uint32_t)used);
		if (*name != '\0') {
			strcpy(table + used, name);
			used += strlen(name) + 1;
		}
	}
	return used;
}

static void store_symbol_name(struct builder *builder, uint32_t index, uint32_t offset)
{
	builder->symbols[index].st_name = offset;
}

static void store_section_name(struct builder *builder, uint32_t index, uint32_t offset)
{
	builder->sections[index].sh_name = offset;
}

static void add_tables(struct builder *builder)
{
	static char strings[BUILDER_SYMBOLS * 64], names[BUILDER_SECTIONS * 40];

	builder->strtab =
	    builder_section(builder, ".strtab", SHT_STRTAB, 0, strings,
			    gather(strings, builder->symbol_names[0], 64, builder->symbol_count,
				   store_symbol_name, builder));
	builder->symtab = builder_section(builder, ".symtab", SHT_SYMTAB, 0, builder->symbols,
					  builder->symbol_count * sizeof(struct elf_symbol));
	builder->sections[builder->symtab].sh_link = builder->strtab;
	builder->sections[builder->symtab].sh_info = 1;
	builder->sections[builder->symtab].sh_entsize = sizeof(struct elf_symbol);
	for (uint32_t i = 1; i < builder->section_count; i++)
		if (builder->sections[i].sh_type == SHT_RELA)
			builder->sections[i].sh_link = builder->symtab;
	builder->shstrtab = builder_section(builder, ".shstrtab", SHT_STRTAB, 0, names, 0);
	builder->sections[builder->shstrtab].sh_size = gather(
	    names, builder->names[0], 40, builder->section_count, store_section_name, builder);
}

void builder_finish(struct builder *builder)
{
	struct elf_header header = {.e_ident = {0x7f, 'E', 'L', 'F', 2, 1, 1},
				    .e_type = ET_REL,
				    .e_machine = EM_X86_64,
				    .e_version = 1,
				    .e_ehsize = sizeof(header),
				    .e_shentsize = sizeof(struct elf_section)};

	add_relocations(builder);
	add_tables(builder);
	header.e_shnum = (uint16_t)builder->section_count;
	header.e_shstrndx = (uint16_t)builder->shstrtab;
	append(builder, &header, sizeof(header));
	for (uint32_t i = 1; i < builder->section_count; i++) {
		struct elf_section *section = &builder->sections[i];

		section->sh_offset = section->sh_type == SHT_NOBITS
					 ? builder->size
					 : append(builder, builder->contents[i], section->sh_size);
	}
	header.e_shoff =
	    append(builder, builder->sections, builder->section_count * sizeof(struct elf_section));
	memcpy(builder->bytes, &header, sizeof(header));
}

void builder_end(struct builder *builder)
{
	free(builder->bytes);
	builder->bytes = NULL;
}

struct elf_header *builder_header(struct builder *builder)
{
	return (struct elf_header *)builder->bytes;
}

struct elf_section *builder_section_at(struct builder *builder, uint32_t index)
{
	return (struct elf_section *)(builder->bytes + builder_header(builder)->e_shoff) + index;
}

uint8_t *builder_bytes_of(struct builder *builder, uint32_t index)
{
	return builder->bytes + builder->sections[index].sh_offset;
}

struct elf_symbol *builder_symbol_at(struct builder *builder, uint32_t index)
{
	return (struct elf_symbol *)builder_bytes_of(builder, builder->symtab) + index;
}

struct elf_rela *builder_rela_at(struct builder *builder, uint32_t target, uint32_t index)
{
	for (uint32_t i = 1; i < builder->section_count; i++)
		if (builder->sections[i].sh_type == SHT_RELA &&
		    builder->sections[i].sh_info == target)
			return (struct elf_rela *)builder_bytes_of(builder, i) + index;
	abort();
}

uint32_t builder_find(const struct builder *builder, const char *name)
{
	for (uint32_t i = 1; i < builder->section_count; i++)
		if (strcmp(builder->names[i], name) == 0)
			return i;
	abort();
}

static void module_tables(struct builder *builder, uint32_t text, uint32_t data, uint32_t symbol)
{
	static const char names[] = "number\0words\0label\0sample_call";
	static struct module_param params[3];
	static struct module_export exports[1];
	uint32_t strings, string_symbol, data_symbol, table;

	strings = builder_section(builder, ".rodata.str1.1", SHT_PROGBITS, SHF_ALLOC, names,
				  sizeof(names));
	string_symbol = builder_symbol(builder, "", STB_LOCAL, STT_SECTION, strings, 0);
	data_symbol = builder_symbol(builder, "", STB_LOCAL, STT_SECTION, data, 0);
	params[0] = (struct module_param){NULL, NULL, MODULE_PARAM_int, 4, 1, 0444, NULL};
	params[1] = (struct module_param){NULL, NULL, MODULE_PARAM_charp, 8, 3, 0444, NULL};
	params[2] = (struct module_param){NULL, NULL, MODULE_PARAM_string, 8, 1, 0444, NULL};
	table = builder_section(builder, ".tenon.params", SHT_PROGBITS, SHF_ALLOC, params,
				sizeof(params));
	for (uint32_t i = 0; i < 3; i++) {
		static const int64_t name_at[] = {0, 7, 13}, value_at[] = {0, 8, 32};
		uint64_t at = i * sizeof(struct module_param);

		builder_rela(builder, table, at, R_X86_64_64, string_symbol, name_at[i]);
		builder_rela(builder, table, at + 8, R_X86_64_64, data_symbol, value_at[i]);
	}
	builder_rela(builder, table, sizeof(struct module_param) + 32, R_X86_64_64, data_symbol, 4);
	table = builder_section(builder, ".tenon.exports", SHT_PROGBITS, SHF_ALLOC, exports,
				sizeof(exports));
	builder_rela(builder, table, 0, R_X86_64_64, symbol, 0);
	builder_rela(builder, table, 8, R_X86_64_64, string_symbol, 19);
	(void)text;
}

void builder_module(struct builder *builder)
{
	static const char information[] = "name=sample\0license=MIT\0depends=first,second-one\0"
					  "license=BSD\0vermagic=" MODULE_VERMAGIC "\0\0bare";
	static struct module_descriptor descriptor = {
	    .magic = MODULE_MAGIC, .abi = MODULE_ABI, .size = sizeof(descriptor), .name = "sample"};
	static const uint8_t code[64] = {0xc3}, early[16] = {0xc3}, data[64] = {1, 2, 3};
	uint32_t text, init_text, data_section, percpu, table, call, symbol, debug;

	builder_begin(builder);
	text = builder_section(builder, ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code, 64);
	init_text = builder_section(builder, ".init.text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
				    early, 16);
	data_section =
	    builder_section(builder, ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, data, 64);
	builder_section(builder, ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE, NULL, 100);
	percpu = builder_section(builder, ".percpu", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, data, 24);
	builder_section(builder, ".modinfo", SHT_PROGBITS, SHF_ALLOC, information,
			sizeof(information));
	table = builder_section(builder, ".tenon.module", SHT_PROGBITS, SHF_ALLOC, &descriptor,
				sizeof(descriptor));
	symbol = builder_symbol(builder, "init_module", STB_GLOBAL, STT_FUNC, init_text, 0);
	builder_rela(builder, table, offsetof(struct module_descriptor, init), R_X86_64_64, symbol,
		     0);
	symbol = builder_symbol(builder, "cleanup_module", STB_GLOBAL, STT_FUNC, text, 32);
	builder_rela(builder, table, offsetof(struct module_descriptor, exit), R_X86_64_64, symbol,
		     0);
	call = builder_symbol(builder, "sample_call", STB_GLOBAL, STT_FUNC, text, 16);
	module_tables(builder, text, data_section, call);
	symbol = builder_symbol(builder, "printk", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0);
	builder_rela(builder, text, 1, R_X86_64_PLT32, symbol, -4);
	symbol = builder_symbol(builder, "per_cpu_word", STB_GLOBAL, STT_OBJECT, percpu, 8);
	builder_rela(builder, text, 8, R_X86_64_32S, symbol, 0);
	debug = builder_section(builder, ".debug_info", SHT_PROGBITS, 0, data, 64);
	builder_rela(builder, debug, 1000000, 255, 77777777, 0);
	builder_symbol(builder, "", STB_LOCAL, STT_SECTION, debug, 0);
	builder_section(builder, ".llvm_addrsig", 0x6fff4c03, 0x80000000, data, 4);
}
