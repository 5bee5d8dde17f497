#pragma once

#include <stdint.h>

/*
 * The part of the ELF-64 object format that a relocatable x86-64 file uses. Sources: System V ABI
 * (gABI) chapters 4 and 5, and its AMD64 supplement, chapter 4. Names are the specification's.
 * Files are not aligned: structures are copied out of them, never pointed into.
 */

struct elf_header {
	uint8_t e_ident[16];
	uint16_t e_type;
	uint16_t e_machine;
	uint32_t e_version;
	uint64_t e_entry;
	uint64_t e_phoff;
	uint64_t e_shoff;
	uint32_t e_flags;
	uint16_t e_ehsize;
	uint16_t e_phentsize;
	uint16_t e_phnum;
	uint16_t e_shentsize;
	uint16_t e_shnum;
	uint16_t e_shstrndx;
};

/* Read where the file's bytes are, at any address: see ADR 10. */
#define __elf_in_file __attribute__((packed, may_alias))

struct elf_section {
	uint32_t sh_name;
	uint32_t sh_type;
	uint64_t sh_flags;
	uint64_t sh_addr;
	uint64_t sh_offset;
	uint64_t sh_size;
	uint32_t sh_link;
	uint32_t sh_info;
	uint64_t sh_addralign;
	uint64_t sh_entsize;
} __elf_in_file;

struct elf_symbol {
	uint32_t st_name;
	uint8_t st_info; /* binding in the upper, type in the lower four bits */
	uint8_t st_other;
	uint16_t st_shndx;
	uint64_t st_value;
	uint64_t st_size;
} __elf_in_file;

struct elf_rela {
	uint64_t r_offset;
	uint64_t r_info; /* symbol in the upper, type in the lower 32 bits */
	int64_t r_addend;
};

/* The header. */
enum { EI_CLASS = 4, EI_DATA = 5, EI_VERSION = 6 }; /* in e_ident */
enum { ELFCLASS64 = 2, ELFDATA2LSB = 1, EV_CURRENT = 1, EM_X86_64 = 62 };
enum { ET_REL = 1, ET_EXEC = 2, ET_DYN = 3, ET_CORE = 4 };

/* Types and flags of sections, and section numbers that are none. */
enum { SHT_NULL = 0, SHT_PROGBITS = 1, SHT_SYMTAB = 2, SHT_STRTAB = 3, SHT_RELA = 4 };
enum { SHT_NOTE = 7, SHT_NOBITS = 8, SHT_REL = 9, SHT_SYMTAB_SHNDX = 18 };
enum { SHT_INIT_ARRAY = 14, SHT_FINI_ARRAY = 15, SHT_PREINIT_ARRAY = 16 };
#define SHT_X86_64_UNWIND 0x70000001u
enum { SHF_WRITE = 1, SHF_ALLOC = 2, SHF_EXECINSTR = 4, SHF_TLS = 0x400, SHF_COMPRESSED = 0x800 };
enum { SHN_UNDEF = 0, SHN_LORESERVE = 0xff00, SHN_ABS = 0xfff1, SHN_COMMON = 0xfff2 };
enum { SHN_XINDEX = 0xffff };

/* Bindings and types of symbols. */
enum { STB_LOCAL = 0, STB_GLOBAL = 1, STB_WEAK = 2 };
enum { STT_NOTYPE = 0, STT_OBJECT = 1, STT_FUNC = 2, STT_SECTION = 3 };
enum { STT_COMMON = 5, STT_TLS = 6, STT_GNU_IFUNC = 10 };

/* Relocations: those that are applied. */
enum { R_X86_64_NONE = 0, R_X86_64_64 = 1, R_X86_64_PC32 = 2, R_X86_64_PLT32 = 4 };
enum { R_X86_64_32 = 10, R_X86_64_32S = 11, R_X86_64_PC64 = 24 };

static inline uint32_t elf_symbol_type(const struct elf_symbol *symbol)
{
	return symbol->st_info & 0xf;
}

static inline uint32_t elf_symbol_binding(const struct elf_symbol *symbol)
{
	return symbol->st_info >> 4;
}

static inline uint32_t elf_rela_type(const struct elf_rela *rela)
{
	return (uint32_t)rela->r_info;
}

static inline uint32_t elf_rela_symbol(const struct elf_rela *rela)
{
	return (uint32_t)(rela->r_info >> 32);
}
