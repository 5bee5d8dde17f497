#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <lib/compiler.h>
#include <lib/elf.h>
#include <lib/errno.h>
#include <lib/report.h>

/*
 * A relocatable file in memory, from validation to the last relocation. It is checked once: every
 * bound of every table and string is decided in elf_image_validate; after it the accessors here
 * cannot fail, and they check nothing. What stands in relocation entries is not read before
 * elf_relocate, which checks each entry as it applies it. The bytes belong to the caller, must stay
 * and must not change while the image is used.
 */
struct elf_limits {
	uint64_t file; /* bytes */
	uint64_t load; /* bytes to be loaded, bss included; below 2 GiB */
	uint64_t page; /* bytes; also the largest alignment of a section */
};

/* What bounds the time of a load besides the file's size, since names and tables may overlap. */
#define ELF_NAME_LONGEST                                                                           \
	511u /* bytes of a section's or symbol's name, an export's, a parameter's */
#define ELF_SYMBOLS_MOST 262144u  /* in the symbol table */
#define ELF_UNDEFINED_MOST 16384u /* of them undefined, weak ones too */

#define ELF_LIMITS_DEFAULT ((struct elf_limits){64ull << 20, 64ull << 20, 4096})

/*
 * Which section goes where. A module takes two ranges of addresses, one that stays (text, rodata,
 * data) and one that goes after init (init text, init data), and a piece of every CPU's window.
 * Segments begin at pages, so that each can have protections of its own.
 */
enum elf_segment_number {
	ELF_TEXT,      /* RX */
	ELF_RODATA,    /* R */
	ELF_DATA,      /* RW, what has no bytes in the file (bss) last */
	ELF_INIT_TEXT, /* RX, sections .init.* with code */
	ELF_INIT_DATA, /* RW, all other .init.* */
	ELF_PERCPU,    /* the template of .percpu and .percpu.*; in no range */
	ELF_SEGMENTS,
	ELF_NOT_LOADED = ELF_SEGMENTS,
};

#define ELF_IN(segment) (1u << (segment))

struct elf_segment {
	uint64_t offset; /* in its range */
	uint64_t size;	 /* bytes used */
	uint64_t span;	 /* bytes up to whole pages; ELF_PERCPU: as size */
	uint64_t align;	 /* largest of its sections; at least 1 */
	uint8_t *now;	 /* where its bytes are, after elf_memory_fill */
	uint64_t run;	 /* where they will run */
};

struct elf_layout {
	struct elf_segment segment[ELF_SEGMENTS];
	uint64_t core_span; /* text, rodata, data */
	uint64_t init_span; /* init text, init data */
};

/* Of each section: an array of image->section_count, of the caller's. */
struct elf_place {
	uint32_t segment; /* enum elf_segment_number */
	uint32_t offset;  /* in the segment */
};

struct elf_image {
	struct module_report *report; /* the caller's: says why, when a function here fails */
	uint32_t about;		      /* the section that a refusal is about; 0: none */
	struct elf_limits limits;
	const uint8_t *bytes;
	uint64_t size;
	const uint8_t *section_table;
	uint32_t section_count;
	uint32_t symbol_section;
	uint32_t symbol_count;
	const uint8_t *symbol_table;
	uint32_t undefined_count;
	uint32_t constructors;	   /* a section of them; 0: none */
	uint64_t relocation_bytes; /* of all sections that relocate something loaded */
	const char *strings;	   /* of symbols */
	uint64_t strings_size;
	const char *section_names;
	struct elf_layout layout;
	const struct elf_place *places; /* of elf_lay_out */
	uint64_t relocations;		/* how many entries elf_relocate has read */
};

/*
 * The file and the sizes of its layout. 0, or with the reason in @report: -ENOEXEC, -E2BIG. Reads
 * nothing outside of the bytes and allocates nothing; cost is linear in sections and symbols.
 */
int elf_image_validate(const void *bytes, size_t size, const struct elf_limits *limits,
		       struct elf_image *image, struct module_report *report);

/* @index below section_count. */
static inline const struct elf_section *elf_section_at(const struct elf_image *image,
						       uint32_t index)
{
	return (const struct elf_section *)image->section_table + index;
}

static inline const char *elf_section_name(const struct elf_image *image,
					   const struct elf_section *section)
{
	return image->section_names + section->sh_name;
}

/* The section's bytes in the file; not for SHT_NOBITS. */
static inline const uint8_t *elf_section_bytes(const struct elf_image *image,
					       const struct elf_section *section)
{
	return image->bytes + section->sh_offset;
}

/* @index below symbol_count. */
static inline const struct elf_symbol *elf_symbol_at(const struct elf_image *image, uint32_t index)
{
	return (const struct elf_symbol *)image->symbol_table + index;
}

static inline const char *elf_symbol_name(const struct elf_image *image,
					  const struct elf_symbol *symbol)
{
	return image->strings + symbol->st_name;
}

/*
 * Refuses with -ENOEXEC; true, so that a check can return it. The reason begins with the section
 * that image->about says. @format: what is wrong in the terms of the file and, where the author can
 * do something about it, what. No number is said from which an address of the kernel follows.
 */
bool elf_refuse(const struct elf_image *image, const char *format, ...) __printf(2, 3);

/*
 * The undefined symbols, weak ones too, in file order: starts at *@cursor = 0, false at the end.
 */
bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak);

/* Sizes, and where @places is not NULL, which must stay as long as the image is used, the place of
 * each section. 0 or -E2BIG; of a validated image it cannot fail. */
int elf_lay_out(struct elf_image *image, struct elf_place *places);

/* Where a range's bytes are now, and where they will run. */
struct elf_where {
	uint8_t *now;
	uint64_t run;
};

/*
 * Gives segments their memory and fills it: copies what the file has and clears all else, bss, gaps
 * and the ends of pages included. @core and @init: page-aligned ranges of core_span and init_span
 * bytes (either may be empty). @percpu: the template's bytes, and its offset in each CPU's window,
 * aligned as the layout says.
 */
void elf_memory_fill(struct elf_image *image, struct elf_where core, struct elf_where init,
		     struct elf_where percpu);
/*
 * The bytes that will run at [@run, @run + @length), if they lie in one of @segments (a mask of
 * ELF_IN); else NULL. Decided by bytes used, not by pages.
 */
void *elf_memory_at(const struct elf_layout *layout, uint64_t run, uint64_t length,
		    unsigned segments);
/* The string of at most ELF_NAME_LONGEST bytes that will be at @run, or NULL when its NUL does not
 * lie in its segment. */
const char *elf_memory_string(const struct elf_layout *layout, uint64_t run, unsigned segments);

/*
 * Linking in two steps: every symbol becomes an absolute value, after which relocation is
 * arithmetic on an array. A per-CPU symbol's value is its offset in a CPU's window.
 */

/*
 * @imports: the values of the undefined symbols, in file order. @values: image->symbol_count of
 * them, of the caller's; what stands in a section that is not loaded has none, and elf_relocate
 * refuses what refers to it. 0 or -ENOEXEC: the file has constructors.
 */
int elf_link_symbols(struct elf_image *image, const uint64_t *imports, uint64_t *values);

/*
 * Applies every relocation of every loaded section, in one pass over each table, checking each
 * entry's type, place, symbol and fit before it stores. 0 or -ENOEXEC, the first entry that is bad
 * named; the memory is then partly relocated and must be thrown away.
 */
int elf_relocate(struct elf_image *image, const uint64_t *values);

/*
 * Names of a module's functions, kept for backtraces and tombstones after its file is gone. Written
 * at every load, read only when something went wrong: so it is in file order, made in one pass,
 * and looking up is a walk. A name is cut to what a report has room for.
 */
#define SYMTAB_NAME_LONGEST 63u

struct symtab_entry {
	uint32_t offset;     /* from the beginning of the segment */
	uint32_t size : 31;  /* of this entry, to the next one */
	uint32_t global : 1; /* not local */
	char name[];
};

struct symtab {
	struct symtab_entry *entries; /* the buffer */
	uint32_t size;		      /* bytes of it in use */
};

/*
 * The functions of one segment (ELF_TEXT, ELF_INIT_TEXT): returns the bytes they take, at least 1.
 * With @buffer, of that size and aligned to 4, also makes the table, which points into it and into
 * nothing else.
 */
size_t symtab_build(const struct elf_image *image, uint32_t segment, void *buffer,
		    struct symtab *table);
/* The function at or before @offset (of several there the first in the file, which is local before
 * it is an alias), with the distance in *@within; NULL when there is none. */
const char *symtab_find(const struct symtab *table, uint32_t offset, uint32_t *within);
/* One entry after the other: *@next is 0 at first. NULL past the last, where *@next is the size. */
const struct symtab_entry *symtab_next(const struct symtab *table, uint32_t *next);
