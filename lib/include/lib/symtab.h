#pragma once

#include <stddef.h>
#include <stdint.h>

#include <lib/elf_layout.h>

/*
 * Names of a module's functions, kept for backtraces and tombstones after its file is gone. Written
 * at every load, read only when something went wrong: so it is in file order, made in one pass,
 * and looking up is a walk.
 */
struct symtab_entry {
	uint32_t offset; /* from the beginning of the segment */
	uint32_t size;	 /* of this entry, to the next one */
	char name[];
};

struct symtab {
	const struct symtab_entry *entries;
	uint32_t count;
};

/* Bytes that the functions of one segment (ELF_TEXT, ELF_INIT_TEXT) take; at least 1. */
size_t symtab_size(const struct elf_image *image, const struct elf_place *places, uint32_t segment);
/* @buffer: of that size, aligned to 4; the table points into it and into nothing else. */
void symtab_build(const struct elf_image *image, const struct elf_place *places, uint32_t segment,
		  void *buffer, struct symtab *table);
/* The function at or before @offset (of several there the first in the file, which is local before
 * it is an alias), with the distance in *@within; NULL when there is none. */
const char *symtab_find(const struct symtab *table, uint32_t offset, uint32_t *within);
