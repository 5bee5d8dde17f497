/*
 * Linking: symbols become values, then relocation is arithmetic on an array of them, from a table
 * of formulas. A name is hashed and looked up once however often it is used; each entry is read
 * once, checked and applied. The rule that keeps it tight: the loop itself knows only the kinds
 * that nearly all entries are, and gives whatever else there is, an error included, to
 * apply_by_table, which checks all again and knows everything.
 */
#include <lib/bytes.h>
#include <lib/elf_cure.h>

#include "elf_internal.h"

static int link_undefined(const struct elf_image *image, uint32_t index,
			  const struct elf_symbol *symbol, elf_resolve *resolve, void *context,
			  uint64_t *value)
{
	const char *name = elf_symbol_name(image, symbol);
	bool weak = elf_symbol_binding(symbol) == STB_WEAK;
	int err = resolve(context, name, weak, value);

	if (err == -ENOENT && weak) {
		*value = 0;
		return 0;
	}
	if (err == 0)
		return 0;
	image->diag->index = index;
	image->diag->name = elf_text_of(name);
	image->diag->cure = elf_symbol_cure(name);
	if (err != -ENOENT)
		return elf_refuse(image->diag, -err, 0, 0, "symbol {name} cannot be used");
	return elf_refuse(image->diag, ENOENT, 0, 0,
			  image->diag->cure
			      ? "undefined symbol {name} {cure}"
			      : "undefined symbol {name}: nothing that is loaded exports it");
}

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

int elf_link_symbols(const struct elf_image *image, elf_resolve *resolve, void *context,
		     uint64_t *values)
{
	int err = 0;

	if (image->symbol_count > 0)
		values[0] = 0; /* the symbol of relocations that have none */
	for (uint32_t i = 1; i < image->symbol_count && err == 0; i++) {
		const struct elf_symbol *symbol = elf_symbol_at(image, i);

		if (symbol->st_shndx == SHN_UNDEF)
			err = link_undefined(image, i, symbol, resolve, context, &values[i]);
		else
			values[i] = defined_value(image, symbol);
	}
	return err;
}

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
	const uint8_t *entries;
	uint64_t count;
	uint8_t *now; /* the target's bytes */
	uint64_t run;
	uint64_t size;
	const uint64_t *values;
};

/*
 * The types by number, behind R_X86_64_. Marked: * goes through a table, ! is thread-local, < has a
 * field too small for an address, = is for what a linker has finished.
 */
static const char type_names[] =
    "NONE 64 PC32 *GOT32 PLT32 =COPY =GLOB_DAT =JUMP_SLOT =RELATIVE *GOTPCREL 32 32S <16 <PC16 <8 "
    "<PC8 !DTPMOD64 !DTPOFF64 !TPOFF64 !TLSGD !TLSLD !DTPOFF32 !GOTTPOFF !TPOFF32 PC64 *GOTOFF64 "
    "*GOTPC32 *GOT64 *GOTPCREL64 *GOTPC64 *GOTPLT64 *PLTOFF64 SIZE32 SIZE64 !GOTPC32_TLSDESC "
    "!TLSDESC_CALL !TLSDESC =IRELATIVE =RELATIVE64 ?39 ?40 *GOTPCRELX *REX_GOTPCRELX ?beyond";
#define TYPE_MARKS "*!<=?"

/* The last one stands for all that are beyond it. */
static const char *type_name(uint32_t type)
{
	const char *name = type_names;

	for (; type > 0 && strchr(name, ' ') != NULL; type--)
		name = strchr(name, ' ') + 1;
	return name;
}

#define TYPE_IS "relocation {index} to {name} has type {value} (R_X86_64_{field}), which "

static const char *unsupported(uint32_t type)
{
	switch (*type_name(type)) {
	case '!':
		return TYPE_IS "is thread-local; use DEFINE_PER_CPU in place of __thread";
	case '*':
		return TYPE_IS "goes through a global offset table; compile with -fno-pic -fno-pie "
			       "-mcmodel=kernel, and without -fno-plt";
	case '<':
		return TYPE_IS "has 8 or 16 bits for an address; in assembly, refer to symbols of "
			       "other sections and files with 32 or 64 bits";
	case '=':
		return TYPE_IS "only a finished program has; link the module with ld -r";
	case '?':
		return "relocation {index} to {name} has type {value}, which the x86-64 ABI does "
		       "not define; compile and link for x86-64";
	default:
		return TYPE_IS "is not supported; in assembly, do not use @SIZE";
	}
}

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

/* One entry of any kind. */
static __noinline int apply_by_table(const struct patch *patch, const uint8_t *entry)
{
	const struct elf_image *image = patch->image;
	const struct formula *formula;
	struct elf_rela rela;
	uint32_t type, symbol;
	uint64_t value;

	memcpy(&rela, entry, sizeof(rela));
	type = elf_rela_type(&rela);
	symbol = elf_rela_symbol(&rela);
	if (elf_refuse_if(image, symbol >= image->symbol_count, symbol, image->symbol_count,
			  "relocation {index}: symbol {value} is not below {limit}"))
		return image->diag->err;
	if (type == R_X86_64_NONE)
		return 0;
	if (type >= ARRAY_SIZE(formulas) || formulas[type].width == 0)
		return elf_refuse(image->diag, ENOEXEC, type, 0, unsupported(type));
	formula = &formulas[type];
	value = patch->values[symbol] + (uint64_t)rela.r_addend;
	if (formula->relative)
		value -= patch->run + rela.r_offset;
	if (elf_refuse_if(image, !bytes_in_range(rela.r_offset, formula->width, patch->size),
			  rela.r_offset, patch->size,
			  "relocation {index} to {name}: r_offset {value} does not lie in the "
			  "{limit} bytes of its section") ||
	    elf_refuse_if(image, symbol != 0 && !is_loaded(image, symbol), symbol, 0,
			  "relocation {index}: symbol {value} ({name}) stands in a section that is "
			  "not loaded") ||
	    elf_refuse_if(image, ((value + formula->bias) & formula->excess) != 0, 0, 0,
			  formula->relative
			      ? "relocation {index} (R_X86_64_{field}): the distance to value "
				"{name}{addend} does not fit in 32 bits"
			      : "relocation {index} (R_X86_64_{field}): value {name}{addend} does "
				"not fit in 32 bits; compile with -mcmodel=kernel"))
		return image->diag->err;
	memcpy(patch->now + rela.r_offset, &value, formula->width);
	return 0;
}

/* What the sentences of a refused entry name. */
static __noinline void describe(const struct patch *patch, const uint8_t *entry)
{
	struct elf_diag *diag = patch->image->diag;
	struct elf_rela rela;
	const char *type;

	memcpy(&rela, entry, sizeof(rela));
	type = type_name(elf_rela_type(&rela));
	type += strspn(type, TYPE_MARKS);
	diag->addend = rela.r_addend;
	diag->index = (uint64_t)(entry - patch->entries) / sizeof(rela);
	diag->field = (struct elf_text){type, (uint32_t)strcspn(type, " ")};
	diag->name = elf_text_of(symbol_text(patch->image, elf_rela_symbol(&rela)));
}

/*
 * Calls and references to data: 32 bits, signed, relative or not. All that can be odd about one is
 * gathered in a number, so that a good entry costs one branch; a symbol that is none has the value
 * of the first. Pointers, of which a table has many, are 64 bits and always fit.
 */
#define RELATIVE_TYPES (1u << R_X86_64_PC32 | 1u << R_X86_64_PLT32)
#define COMMON_TYPES (RELATIVE_TYPES | 1u << R_X86_64_32S)

static __noinline int apply(const struct patch *patch)
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
		int err;

		if (likely(!odd)) {
			memcpy(now + offset, &value, 4);
			continue;
		}
		if (type == R_X86_64_64 && !look_again && offset < wide) {
			memcpy(now + offset, &value, 8);
			continue;
		}
		err = apply_by_table(patch, entry);
		if (unlikely(err != 0)) {
			describe(patch, entry);
			return err;
		}
	}
	return 0;
}

int elf_relocate(struct elf_image *image, const uint64_t *values)
{
	int err = 0;

	for (uint32_t i = 1; i < image->section_count && err == 0; i++) {
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
		image->relocations += patch.count;
		err = apply(&patch);
		if (err != 0)
			elf_about(image, i);
	}
	return err;
}
