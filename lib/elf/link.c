/*
 * Linking: symbols become values, then relocation is arithmetic on an array of them, from a table
 * of formulas. A name is hashed and looked up once however often it is used; each entry is read
 * once, checked and applied. The rule that keeps it tight: the loop itself knows only the kinds
 * that nearly all entries are, and gives whatever else there is, an error included, to
 * apply_by_table, which checks all again and knows everything.
 */
#include <lib/bytes.h>

#include "elf_internal.h"

/*
 * The value of a symbol in a section that is not loaded. Any value may be a symbol's: this one only
 * says that apply_by_table has to look.
 */
#define LOOK_AGAIN 0x8000000000000000ull

static bool is_loaded(const struct elf_image *image, uint32_t index)
{
	uint32_t section = elf_symbol_at(image, index)->st_shndx;

	return section == SHN_UNDEF || section == SHN_ABS ||
	       image->places[section].segment != ELF_NOT_LOADED;
}

static uint64_t defined_value(const struct elf_image *image, const struct elf_symbol *symbol)
{
	const struct elf_place *place;

	if (symbol->st_shndx == SHN_ABS)
		return symbol->st_value;
	place = &image->places[symbol->st_shndx];
	if (place->segment == ELF_NOT_LOADED)
		return LOOK_AGAIN;
	return image->layout.segment[place->segment].run + place->offset + symbol->st_value;
}

/* Compiler options make constructors too. A file of theirs also has undefined symbols, which tell
 * which option it was, so that it is refused before, where nothing exports them. */
static bool check_constructors(struct elf_image *image)
{
	image->about = image->constructors;
	return image->constructors && elf_refuse(image, "constructors and destructors are not run");
}

int elf_link_symbols(struct elf_image *image, const uint64_t *imports, uint64_t *values)
{
	if (check_constructors(image))
		return image->report->error;
	if (image->symbol_count > 0)
		values[0] = 0; /* the symbol of relocations that have none */
	for (uint32_t i = 1; i < image->symbol_count; i++) {
		const struct elf_symbol *symbol = elf_symbol_at(image, i);

		if (symbol->st_shndx == SHN_UNDEF)
			values[i] = *imports++;
		else
			values[i] = defined_value(image, symbol);
	}
	return 0;
}

/*
 * AMD64 ABI 4.4.1: the value is S + A, less P for what is relative. It fits when no bit of @excess
 * is set in value + @bias: bias 0 for unsigned 32 bits, 2^31 for signed ones.
 */
struct formula {
	const char *name; /* behind R_X86_64_ */
	bool relative;
	uint8_t width; /* bytes; 0: not supported */
	uint32_t bias;
	uint64_t excess;
};

#define UPPER_HALF 0xffffffff00000000u
#define SIGNED_BIAS 0x80000000u

static const struct formula formulas[] = {
    [R_X86_64_64] = {"64", false, 8, 0, 0},
    [R_X86_64_PC32] = {"PC32", true, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_PLT32] = {"PLT32", true, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_32] = {"32", false, 4, 0, UPPER_HALF},
    [R_X86_64_32S] = {"32S", false, 4, SIGNED_BIAS, UPPER_HALF},
    [R_X86_64_PC64] = {"PC64", true, 8, 0, 0},
};

/* One relocation section and what it is applied to. */
struct patch {
	const struct elf_image *image;
	const uint8_t *entries;
	uint64_t count;
	uint8_t *now; /* the target's bytes */
	uint64_t run;
	uint64_t size;
	const uint64_t *values;
};

static const char *symbol_text(const struct elf_image *image, uint32_t index)
{
	const struct elf_symbol *symbol;

	if (index == 0 || index >= image->symbol_count)
		return "nothing";
	symbol = elf_symbol_at(image, index);
	if (elf_symbol_type(symbol) != STT_SECTION || symbol->st_shndx >= image->section_count)
		return elf_symbol_name(image, symbol);
	return elf_section_name(image, elf_section_at(image, symbol->st_shndx));
}

static bool refuse_value(const struct elf_image *image, uint64_t index, const struct elf_rela *rela,
			 const char *symbol)
{
	const struct formula *formula = &formulas[elf_rela_type(rela)];

	return elf_refuse(
	    image, "relocation %lu (R_X86_64_%s): %svalue %pT%+ld does not fit in 32 bits", index,
	    formula->name, formula->relative ? "the distance to " : "", symbol, rela->r_addend);
}

/* One entry of any kind; true: refused. */
static __noinline bool apply_by_table(const struct patch *patch, const uint8_t *entry)
{
	const struct elf_image *image = patch->image;
	uint64_t value, index = (uint64_t)(entry - patch->entries) / sizeof(struct elf_rela);
	const struct formula *formula;
	struct elf_rela rela;
	uint32_t type, symbol;
	const char *name;

	memcpy(&rela, entry, sizeof(rela));
	type = elf_rela_type(&rela);
	symbol = elf_rela_symbol(&rela);
	if (symbol >= image->symbol_count)
		return elf_refuse(image, "relocation %lu: symbol %u is not below %u", index, symbol,
				  image->symbol_count);
	if (type == R_X86_64_NONE)
		return false;
	name = symbol_text(image, symbol);
	if (type >= ARRAY_SIZE(formulas) || formulas[type].width == 0)
		return elf_refuse(image,
				  "relocation %lu to %pT has type %u, which is not supported",
				  index, name, type);
	formula = &formulas[type];
	value = patch->values[symbol] + (uint64_t)rela.r_addend;
	if (formula->relative)
		value -= patch->run + rela.r_offset;
	if (!bytes_in_range(rela.r_offset, formula->width, patch->size))
		return elf_refuse(image,
				  "relocation %lu to %pT: r_offset %lu does not lie in the %lu "
				  "bytes of its section",
				  index, name, rela.r_offset, patch->size);
	if (symbol != 0 && !is_loaded(image, symbol))
		return elf_refuse(image,
				  "relocation %lu: symbol %u (%pT) stands in a section that is not "
				  "loaded",
				  index, symbol, name);
	if ((value + formula->bias) & formula->excess)
		return refuse_value(image, index, &rela, name);
	memcpy(patch->now + rela.r_offset, &value, formula->width);
	return false;
}

/*
 * Calls and references to data: 32 bits, signed, relative or not. All that can be odd about one is
 * gathered in a number, so that a good entry costs one branch; a symbol that is none has the value
 * of the first. Pointers, of which a table has many, are 64 bits and always fit.
 */
#define RELATIVE_TYPES (1u << R_X86_64_PC32 | 1u << R_X86_64_PLT32)
#define COMMON_TYPES (RELATIVE_TYPES | 1u << R_X86_64_32S)

static __noinline bool apply(const struct patch *patch)
{
	const uint64_t room = patch->size < 4 ? 0 : patch->size - 3; /* places for 4 bytes */
	const uint64_t wide = patch->size < 8 ? 0 : patch->size - 7; /* for 8 */
	const uint64_t symbol_count = patch->image->symbol_count, none = 0, run = patch->run;
	const uint64_t *const values = symbol_count > 0 ? patch->values : &none;
	const uint8_t *entry = patch->entries;
	const uint8_t *const end = entry + patch->count * sizeof(struct elf_rela);
	uint8_t *const now = patch->now;

	for (; entry != end; entry += sizeof(struct elf_rela)) {
		uint64_t offset = load_u64(entry), info = load_u64(entry + 8);
		uint64_t symbol = info >> 32, no_symbol = symbol >= symbol_count;
		uint64_t target = values[no_symbol ? 0 : symbol];
		uint32_t type = (uint32_t)info, bit = 1u << type % 32;
		uint64_t relative = 0 - (uint64_t)((RELATIVE_TYPES & bit) != 0);
		uint64_t value = target + load_u64(entry + 16) - ((run + offset) & relative);
		uint64_t look_again = no_symbol | (target == LOOK_AGAIN);
		uint64_t odd = look_again | (offset >= room) | type / 32 | !(COMMON_TYPES & bit) |
			       (value + SIGNED_BIAS) >> 32;

		if (likely(!odd)) {
			memcpy(now + offset, &value, 4);
			continue;
		}
		if (type == R_X86_64_64 && !look_again && offset < wide) {
			memcpy(now + offset, &value, 8);
			continue;
		}
		if (unlikely(apply_by_table(patch, entry)))
			return true;
	}
	return false;
}

int elf_relocate(struct elf_image *image, const uint64_t *values)
{
	for (uint32_t i = 1; i < image->section_count; i++) {
		const struct elf_section *target, *rela = elf_section_at(image, i);
		const struct elf_segment *segment;
		struct elf_place place;
		struct patch patch;

		if (rela->sh_type != SHT_RELA || elf_section_is_loaded(rela))
			continue;
		place = image->places[rela->sh_info];
		if (place.segment == ELF_NOT_LOADED)
			continue;
		target = elf_section_at(image, rela->sh_info);
		segment = &image->layout.segment[place.segment];
		patch = (struct patch){
		    .image = image,
		    .entries = elf_section_bytes(image, rela),
		    .count = rela->sh_size / sizeof(struct elf_rela),
		    .now = segment->now + place.offset,
		    .run = segment->run + place.offset,
		    .size = target->sh_size,
		    .values = values,
		};
		image->about = i;
		image->relocations += patch.count;
		if (apply(&patch))
			return image->report->error;
	}
	return 0;
}
