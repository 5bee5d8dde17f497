/*
 * Relocation: arithmetic on an array of values, from a table of formulas. Each entry is read once,
 * checked and applied. The rule that keeps the loop short and tight: whatever is not ordinary (a
 * type without a row, a place outside, a value that does not fit) leaves it by a compare, and only
 * then is it found out what was wrong.
 */
#include <lib/elf_link.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include "elf_internal.h"

/*
 * AMD64 ABI 4.4.1: value = S + A, less P where @place is all ones. It fits when no bit of @excess
 * is set in value + @bias: bias 0 for unsigned 32 bits, 2^31 for signed ones.
 */
struct formula {
	uint64_t place;
	uint64_t bias;
	uint64_t excess;
	uint32_t width; /* bytes; 0: no formula, takes the long way */
};

#define UPPER_HALF 0xffffffff00000000u
#define SIGNED_BIAS 0x80000000u
#define ALL UINT64_MAX

static const struct formula formulas[] = {
    [R_X86_64_64] = {0, 0, 0, 8},
    [R_X86_64_PC32] = {ALL, SIGNED_BIAS, UPPER_HALF, 4},
    [R_X86_64_PLT32] = {ALL, SIGNED_BIAS, UPPER_HALF, 4},
    [R_X86_64_32] = {0, 0, UPPER_HALF, 4},
    [R_X86_64_32S] = {0, SIGNED_BIAS, UPPER_HALF, 4},
    [R_X86_64_PC64] = {ALL, 0, 0, 8},
};

/* One relocation section and what it is applied to. */
struct patch {
	const struct elf_image *image;
	uint32_t section; /* of the entries */
	const uint8_t *entries;
	uint64_t count;
	uint8_t *now; /* the target's bytes */
	uint64_t run;
	uint64_t size;
	const uint64_t *values;
	struct elf_diag *diag;
};

static const char *const type_names[] = {
    "R_X86_64_NONE",
    "R_X86_64_64",
    "R_X86_64_PC32",
    "R_X86_64_GOT32",
    "R_X86_64_PLT32",
    "R_X86_64_COPY",
    "R_X86_64_GLOB_DAT",
    "R_X86_64_JUMP_SLOT",
    "R_X86_64_RELATIVE",
    "R_X86_64_GOTPCREL",
    "R_X86_64_32",
    "R_X86_64_32S",
    "R_X86_64_16",
    "R_X86_64_PC16",
    "R_X86_64_8",
    "R_X86_64_PC8",
    "R_X86_64_DTPMOD64",
    "R_X86_64_DTPOFF64",
    "R_X86_64_TPOFF64",
    "R_X86_64_TLSGD",
    "R_X86_64_TLSLD",
    "R_X86_64_DTPOFF32",
    "R_X86_64_GOTTPOFF",
    "R_X86_64_TPOFF32",
    "R_X86_64_PC64",
    "R_X86_64_GOTOFF64",
    "R_X86_64_GOTPC32",
    "R_X86_64_GOT64",
    "R_X86_64_GOTPCREL64",
    "R_X86_64_GOTPC64",
    "R_X86_64_GOTPLT64",
    "R_X86_64_PLTOFF64",
    "R_X86_64_SIZE32",
    "R_X86_64_SIZE64",
    "R_X86_64_GOTPC32_TLSDESC",
    "R_X86_64_TLSDESC_CALL",
    "R_X86_64_TLSDESC",
    "R_X86_64_IRELATIVE",
    "R_X86_64_RELATIVE64",
    "type 39",
    "type 40",
    "R_X86_64_GOTPCRELX",
    "R_X86_64_REX_GOTPCRELX",
};

static enum elf_reason unsupported_type(uint32_t type)
{
	bool tls = (type >= R_X86_64_DTPMOD64 && type <= R_X86_64_TPOFF32) ||
		   (type >= R_X86_64_GOTPC32_TLSDESC && type <= R_X86_64_TLSDESC);
	bool got = type == R_X86_64_GOT32 || type == R_X86_64_GOTPCREL ||
		   (type >= R_X86_64_GOTOFF64 && type <= R_X86_64_GOTPLT64 + 1) ||
		   type == R_X86_64_GOTPCRELX || type == R_X86_64_REX_GOTPCRELX;

	if (tls)
		return ELF_RELOCATION_TLS;
	return got ? ELF_RELOCATION_PIC : ELF_RELOCATION_TYPE;
}

static struct elf_text symbol_text(const struct elf_image *image, uint32_t index)
{
	struct elf_symbol symbol;
	struct elf_section section;

	elf_symbol_at(image, index, &symbol);
	if (index == 0)
		return elf_text_of("nothing");
	if (elf_symbol_type(&symbol) != STT_SECTION || symbol.st_shndx >= image->section_count)
		return elf_text_of(elf_symbol_name(image, &symbol));
	elf_section_at(image, symbol.st_shndx, &section);
	return elf_text_of(elf_section_name(image, &section));
}

/* The long way: 0 for an entry that is to be skipped, else what is wrong with it. */
static __noinline int out_of_line(const struct patch *patch, const struct elf_rela *rela,
				  uint64_t index)
{
	uint32_t type = elf_rela_type(rela), symbol = elf_rela_symbol(rela);
	struct elf_diag filled = {.index = index, .value = symbol};
	const struct formula *formula;

	if (symbol >= patch->image->symbol_count) {
		filled.reason = ELF_RELOCATION_SYMBOL;
		filled.limit = patch->image->symbol_count;
		return elf_refuse_section(patch->image, patch->section, patch->diag, filled);
	}
	if (type == R_X86_64_NONE)
		return 0;
	filled.name = symbol_text(patch->image, symbol);
	if (type < ARRAY_SIZE(type_names))
		filled.field = elf_text_of(type_names[type]);
	else
		filled.field = elf_text_of("no known name");
	formula = &formulas[type < ARRAY_SIZE(formulas) ? type : 0];
	if (formula->width == 0) {
		filled.reason = unsupported_type(type);
		filled.value = type;
	} else if (!bytes_in_range(rela->r_offset, formula->width, patch->size)) {
		filled.reason = ELF_RELOCATION_BOUNDS;
		filled.value = rela->r_offset;
		filled.limit = patch->size;
	} else if (patch->values[symbol] == ELF_UNRESOLVED) {
		filled.reason = ELF_RELOCATION_UNRESOLVED;
	} else {
		filled.reason = formula->place ? ELF_RELOCATION_FIT_DISTANCE : ELF_RELOCATION_FIT;
		filled.value = patch->values[symbol] + (uint64_t)rela->r_addend -
			       ((patch->run + rela->r_offset) & formula->place);
	}
	return elf_refuse_section(patch->image, patch->section, patch->diag, filled);
}

/* How many places there are for a store of @width bytes. */
static uint64_t places_for(uint64_t size, uint64_t width)
{
	return size < width ? 0 : size - width + 1;
}

static int apply(const struct patch *patch)
{
	/* By width; nothing of width 0 has a place, which sends what has no formula the long way.
	 */
	const uint64_t room[9] = {
	    [4] = places_for(patch->size, 4), [8] = places_for(patch->size, 8)};
	const uint32_t symbol_count = patch->image->symbol_count;
	const uint64_t *const values = patch->values;
	uint8_t *const now = patch->now;
	const uint64_t run = patch->run;

	for (uint64_t i = 0; i < patch->count; i++) {
		struct elf_rela rela;
		const struct formula *formula;
		uint64_t value;
		uint32_t type, symbol;
		int err;

		memcpy(&rela, patch->entries + i * sizeof(rela), sizeof(rela));
		type = elf_rela_type(&rela);
		symbol = elf_rela_symbol(&rela);
		if (unlikely(type >= ARRAY_SIZE(formulas) || symbol >= symbol_count))
			goto unusual;
		formula = &formulas[type];
		if (unlikely(rela.r_offset >= room[formula->width]))
			goto unusual;
		value = values[symbol];
		if (unlikely(value == ELF_UNRESOLVED))
			goto unusual;
		value += (uint64_t)rela.r_addend - ((run + rela.r_offset) & formula->place);
		if (unlikely((value + formula->bias) & formula->excess))
			goto unusual;
		if (formula->width == 4)
			memcpy(now + rela.r_offset, &value, 4);
		else
			memcpy(now + rela.r_offset, &value, 8);
		continue;
	unusual:
		err = out_of_line(patch, &rela, i);
		if (err != 0)
			return err;
	}
	return 0;
}

/* The relocations of a loaded section? Then @rela is copied out. */
static bool relocates(const struct elf_image *image, const struct elf_place *places, uint32_t index,
		      struct elf_section *rela)
{
	elf_section_at(image, index, rela);
	return rela->sh_type == SHT_RELA && !elf_section_is_loaded(rela) &&
	       places[rela->sh_info].segment != ELF_NOT_LOADED;
}

int elf_relocate(const struct elf_image *image, const struct elf_place *places,
		 const struct elf_memory *memory, const uint64_t *values, struct elf_diag *diag)
{
	struct elf_section rela, target;

	for (uint32_t i = 1; i < image->section_count; i++) {
		const struct elf_place *place;
		struct patch patch;
		int err;

		if (!relocates(image, places, i, &rela))
			continue;
		elf_section_at(image, rela.sh_info, &target);
		place = &places[rela.sh_info];
		patch = (struct patch){
		    .image = image,
		    .section = i,
		    .entries = elf_section_bytes(image, &rela),
		    .count = rela.sh_size / sizeof(struct elf_rela),
		    .now = memory->segment[place->segment].now + place->offset,
		    .run = memory->segment[place->segment].run + place->offset,
		    .size = target.sh_size,
		    .values = values,
		    .diag = diag,
		};
		err = apply(&patch);
		if (err != 0)
			return err;
	}
	return 0;
}

uint64_t elf_relocation_count(const struct elf_image *image, const struct elf_place *places)
{
	struct elf_section rela;
	uint64_t count = 0;

	for (uint32_t i = 1; i < image->section_count; i++)
		if (relocates(image, places, i, &rela))
			count += rela.sh_size / sizeof(struct elf_rela);
	return count;
}
