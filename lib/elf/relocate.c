/*
 * Relocation: arithmetic on an array of values, from a table of formulas. Each entry is read once,
 * checked and applied. The rule that keeps it tight: the loop itself knows only the kinds that
 * nearly all entries are, and gives whatever else there is, an error included, to apply_by_table,
 * which checks all again and knows everything.
 */
#include <lib/elf_link.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include "elf_internal.h"

/*
 * AMD64 ABI 4.4.1: the value is S + A, less P for what is relative. It fits when no bit of @excess
 * is set in value + @bias: bias 0 for unsigned 32 bits, 2^31 for signed ones.
 */
struct formula {
	bool relative;
	uint8_t width; /* bytes; 0: not supported */
	uint32_t bias;
	uint64_t excess;
};

#define UPPER_HALF 0xffffffff00000000u
#define SIGNED_BIAS 0x80000000u

static const struct formula formulas[] = {
    [R_X86_64_64] = {false, 8, 0, 0},
    [R_X86_64_PC32] = {true, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_PLT32] = {true, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_32] = {false, 4, 0, UPPER_HALF},
    [R_X86_64_32S] = {false, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_PC64] = {true, 8, 0, 0},
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
		   (type >= R_X86_64_GOTOFF64 && type <= R_X86_64_PLTOFF64) ||
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

static int refuse(const struct patch *patch, const uint8_t *entry, const struct elf_rela *rela,
		  struct elf_diag filled)
{
	uint32_t type = elf_rela_type(rela);

	filled.index = (uint64_t)(entry - patch->entries) / sizeof(*rela);
	filled.field = elf_text_of(type < ARRAY_SIZE(type_names) ? type_names[type] : "unnamed");
	if (filled.reason != ELF_RELOCATION_SYMBOL)
		filled.name = symbol_text(patch->image, elf_rela_symbol(rela));
	return elf_refuse_section(patch->image, patch->section, patch->diag, filled);
}

/* One entry of any kind. */
static __noinline int apply_by_table(const struct patch *patch, const uint8_t *entry)
{
	struct elf_diag filled = {};
	const struct formula *formula;
	struct elf_rela rela;
	uint32_t type, symbol;
	uint64_t value;

	memcpy(&rela, entry, sizeof(rela));
	type = elf_rela_type(&rela);
	filled.value = symbol = elf_rela_symbol(&rela);
	if (symbol >= patch->image->symbol_count) {
		filled.reason = ELF_RELOCATION_SYMBOL;
		filled.limit = patch->image->symbol_count;
		return refuse(patch, entry, &rela, filled);
	}
	if (type == R_X86_64_NONE)
		return 0;
	if (type >= ARRAY_SIZE(formulas) || formulas[type].width == 0) {
		filled.reason = unsupported_type(type);
		filled.value = type;
		return refuse(patch, entry, &rela, filled);
	}
	formula = &formulas[type];
	if (!bytes_in_range(rela.r_offset, formula->width, patch->size)) {
		filled.reason = ELF_RELOCATION_BOUNDS;
		filled.value = rela.r_offset;
		filled.limit = patch->size;
		return refuse(patch, entry, &rela, filled);
	}
	if (patch->values[symbol] == ELF_UNRESOLVED) {
		filled.reason = ELF_RELOCATION_UNRESOLVED;
		return refuse(patch, entry, &rela, filled);
	}
	value = patch->values[symbol] + (uint64_t)rela.r_addend;
	if (formula->relative)
		value -= patch->run + rela.r_offset;
	if (((value + formula->bias) & formula->excess) != 0) {
		filled.reason =
		    formula->relative ? ELF_RELOCATION_FIT_DISTANCE : ELF_RELOCATION_FIT;
		filled.value = value;
		return refuse(patch, entry, &rela, filled);
	}
	if (formula->width == 8)
		memcpy(patch->now + rela.r_offset, &value, 8);
	else
		memcpy(patch->now + rela.r_offset, &value, 4);
	return 0;
}

/*
 * Calls and references to data: 32 bits, signed, relative or not. ELF_UNRESOLVED does not fit, so
 * it is not compared here; the addend that would make it fit stores nothing but itself. Pointers,
 * of which a table has many, are 64 bits and always fit.
 */
#define COMMON_TYPES (1u << R_X86_64_PC32 | 1u << R_X86_64_PLT32 | 1u << R_X86_64_32S)

static __noinline int apply(const struct patch *patch)
{
	const uint64_t room = patch->size < 4 ? 0 : patch->size - 3; /* places for 4 bytes */
	const uint64_t wide = patch->size < 8 ? 0 : patch->size - 7; /* for 8 */
	const uint64_t symbol_count = patch->image->symbol_count;
	const uint8_t *entry = patch->entries;
	const uint8_t *const end = entry + patch->count * sizeof(struct elf_rela);

	for (; entry != end; entry += sizeof(struct elf_rela)) {
		uint64_t offset = load_u64(entry), info = load_u64(entry + 8);
		uint64_t symbol = info >> 32, value;
		uint32_t type = (uint32_t)info;
		int err;

		if (likely(symbol < symbol_count && offset < room && type < 32)) {
			value = patch->values[symbol] + load_u64(entry + 16);
			if (type == R_X86_64_64 && offset < wide &&
			    patch->values[symbol] != ELF_UNRESOLVED) {
				memcpy(patch->now + offset, &value, 8);
				continue;
			}
			value -= type == R_X86_64_32S ? 0 : patch->run + offset;
			if (likely((COMMON_TYPES >> type & 1) &&
				   (value + SIGNED_BIAS) >> 32 == 0)) {
				memcpy(patch->now + offset, &value, 4);
				continue;
			}
		}
		err = apply_by_table(patch, entry);
		if (unlikely(err != 0))
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
