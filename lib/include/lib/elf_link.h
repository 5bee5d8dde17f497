#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <lib/elf_layout.h>

/*
 * Linking in two steps: every symbol becomes an absolute value, after which relocation is
 * arithmetic on an array. A per-CPU symbol's value is its offset in a CPU's window.
 */

/* The value of a symbol that nothing may refer to (it stands in a section that is not loaded). */
#define ELF_UNRESOLVED 0x8000000000000000ull

/*
 * Looks up an undefined symbol, @hash being hash_text32 of its name: 0 with *@value, or -ENOENT
 * (then a weak symbol becomes 0 and any other ends the link), or another negative errno, which ends
 * the link with that.
 */
typedef int elf_resolve(void *context, const char *name, uint32_t hash, bool weak, uint64_t *value);

/*
 * @values: image->symbol_count of them, of the caller's. 0, or @diag with the symbol's name:
 * -ENOENT, or what @resolve returned.
 */
int elf_link_symbols(const struct elf_image *image, const struct elf_place *places,
		     const struct elf_memory *memory, elf_resolve *resolve, void *context,
		     uint64_t *values, struct elf_diag *diag);

/*
 * Applies every relocation of every loaded section, in one pass over each table, checking each
 * entry's type, place, symbol and fit before it stores. 0 or -ENOEXEC, the first entry that is bad
 * named; the memory is then partly relocated and must be thrown away.
 */
int elf_relocate(const struct elf_image *image, const struct elf_place *places,
		 const struct elf_memory *memory, const uint64_t *values, struct elf_diag *diag);
/* How many entries elf_relocate reads. */
uint64_t elf_relocation_count(const struct elf_image *image, const struct elf_place *places);
