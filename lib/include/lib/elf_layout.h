#pragma once

#include <stdint.h>

#include <lib/elf_image.h>

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

/* Sizes only, without memory for places. 0 or -E2BIG. */
int elf_layout_measure(const struct elf_image *image, const struct elf_limits *limits,
		       struct elf_layout *layout, struct elf_diag *diag);
/* Places of a measured image; cannot fail. */
void elf_layout_place(const struct elf_image *image, struct elf_place *places);

/* Where a range's or segment's bytes are now, and where they will run. */
struct elf_where {
	uint8_t *now;
	uint64_t run;
};

struct elf_memory {
	struct elf_where segment[ELF_SEGMENTS];
};

/*
 * @core and @init: page-aligned ranges of core_span and init_span bytes (either may be empty).
 * @percpu: the template's bytes, and its offset in each CPU's window, aligned as the layout says.
 */
void elf_memory_assign(const struct elf_layout *layout, struct elf_where core,
		       struct elf_where init, struct elf_where percpu, struct elf_memory *memory);
/* Copies what the file has and clears all else, bss, gaps and the ends of pages included. */
void elf_memory_fill(const struct elf_image *image, const struct elf_place *places,
		     const struct elf_layout *layout, const struct elf_memory *memory);
/*
 * The bytes that will run at [@run, @run + @length), if they lie in one of @segments (a mask of
 * ELF_IN); else NULL. Decided by bytes used, not by pages.
 */
void *elf_memory_at(const struct elf_layout *layout, const struct elf_memory *memory, uint64_t run,
		    uint64_t length, unsigned segments);
/* The NUL-terminated string that will be at @run, or NULL when it does not end in its segment. */
const char *elf_memory_string(const struct elf_layout *layout, const struct elf_memory *memory,
			      uint64_t run, unsigned segments);
