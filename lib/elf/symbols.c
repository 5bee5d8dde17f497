/*
 * Validation of the symbol table. Each symbol is looked at once. The rule: a file that is refused
 * for what a compiler option did to it is refused with that option's name; so constructors and the
 * global offset table, which options make too, are judged when all symbols are known.
 */
#include <lib/bytes.h>
#include <lib/elf_cure.h>

#include "elf_internal.h"

#define OFFSET_TABLE "_GLOBAL_OFFSET_TABLE_"

static bool refuse_thread_local(const struct elf_image *image)
{
	image->diag->cure = elf_symbol_cure(image->diag->name.at);
	return elf_refuse_if(image, true, 0, 0,
			     image->diag->cure ? "symbol {index} ({name}) {cure}"
					       : "symbol {index} ({name}) is thread-local; use "
						 "DEFINE_PER_CPU in place of __thread");
}

static bool check_undefined(struct elf_image *image, uint32_t index)
{
	const char *name = image->diag->name.at;

	image->undefined_count++;
	if (strcmp(name, OFFSET_TABLE) == 0)
		image->offset_table = index;
	return elf_refuse_if(image, *name == '\0', 0, 0,
			     "symbol {index} is undefined and has no name") ||
	       elf_refuse_if(image, image->undefined_count > ELF_UNDEFINED_MOST, index,
			     ELF_UNDEFINED_MOST,
			     "symbol {index} ({name}): more than {limit} undefined symbols");
}

/* There are thousands of symbols where there are tens of sections: a good one costs some compares.
 */
static bool check_symbol(struct elf_image *image, uint32_t index)
{
	const struct elf_section *section = NULL;
	const struct elf_symbol *symbol = elf_symbol_at(image, index);
	uint32_t type = elf_symbol_type(symbol), place = symbol->st_shndx;

	image->diag->index = index;
	image->diag->name.at = "";
	if (elf_refuse_if(image, symbol->st_name >= image->strings_size, symbol->st_name,
			  image->strings_size,
			  "symbol {index}: st_name {value} is not below {limit}, the size of the "
			  "string table"))
		return true;
	image->diag->name.at = elf_symbol_name(image, symbol);
	if (elf_refuse_if(image, place == SHN_COMMON || type == STT_COMMON, 0, 0,
			  "symbol {index} ({name}) is COMMON; compile with -fno-common") ||
	    (type == STT_TLS && refuse_thread_local(image)) ||
	    elf_refuse_if(
		image, type == STT_GNU_IFUNC, 0, 0,
		"symbol {index} ({name}) is an IFUNC, chosen when loading; use an ordinary "
		"function or a pointer"))
		return true;
	if (place == SHN_UNDEF)
		return check_undefined(image, index);
	if (place == SHN_ABS)
		return false;
	if (place < image->section_count)
		section = elf_section_at(image, place);
	return elf_refuse_if(image, place >= image->section_count, place, image->section_count,
			     "symbol {index} ({name}): st_shndx {hex} is not below {limit}") ||
	       elf_refuse_if(
		   image, !bytes_in_range(symbol->st_value, symbol->st_size, section->sh_size),
		   symbol->st_value, section->sh_size,
		   "symbol {index} ({name}): st_value {value} with its st_size does not lie "
		   "in the {limit} bytes of its section");
}

/* Is there a symbol of an option that makes constructors? Then the diagnosis names both. */
static bool find_cure(const struct elf_image *image)
{
	const char *name;
	uint32_t cursor = 0;
	bool weak;

	while (elf_next_undefined(image, &cursor, &name, &weak)) {
		image->diag->cure = elf_symbol_cure(name);
		image->diag->name = elf_text_of(name);
		if (image->diag->cure)
			return true;
	}
	return false;
}

/* GCC and clang give this name to the function that constructs the static objects of a file. */
static bool has_static_objects(const struct elf_image *image)
{
	for (uint32_t i = 1; i < image->symbol_count; i++)
		if (elf_begins(elf_symbol_name(image, elf_symbol_at(image, i)), "_GLOBAL__sub_I_"))
			return true;
	return false;
}

static bool check_constructors(const struct elf_image *image)
{
	if (image->constructors == 0)
		return false;
	elf_about(image, image->constructors);
	return elf_refuse_if(image, find_cure(image), 0, 0,
			     "constructors and destructors are not run; {name} {cure}") ||
	       elf_refuse_if(image, has_static_objects(image), 0, 0,
			     "constructors and destructors are not run; create C++ static objects "
			     "in module_init and delete them in module_exit") ||
	       elf_refuse_if(image, true, 0, 0,
			     "constructors and destructors are not run; call the function from "
			     "module_init or module_exit, without __attribute__((constructor))");
}

/* Nothing is wrong so far: what the diagnosis was prepared to say is forgotten. */
bool elf_check_symbols(struct elf_image *image)
{
	*image->diag = (struct elf_diag){};
	if (elf_refuse_if(image, image->symbol_section == 0, 0, 0,
			  "no symbol table; strip modules with --strip-debug only"))
		return true;
	elf_about(image, image->symbol_section);
	for (uint32_t i = 1; i < image->symbol_count; i++)
		if (unlikely(check_symbol(image, i))) {
			image->diag->name = elf_text_of(image->diag->name.at);
			return true;
		}
	image->diag->index = image->offset_table;
	if (check_constructors(image) ||
	    elf_refuse_if(image, image->offset_table != 0, 0, 0,
			  "symbol {index} (" OFFSET_TABLE "): position-independent code; compile "
			  "with -fno-pic -fno-pie -mcmodel=kernel, and without -fno-plt"))
		return true;
	*image->diag = (struct elf_diag){};
	return false;
}

bool elf_next_undefined(const struct elf_image *image, uint32_t *cursor, const char **name,
			bool *weak)
{
	while (*cursor + 1 < image->symbol_count) {
		const struct elf_symbol *symbol = elf_symbol_at(image, ++*cursor);

		if (symbol->st_shndx != SHN_UNDEF)
			continue;
		*name = elf_symbol_name(image, symbol);
		*weak = elf_symbol_binding(symbol) == STB_WEAK;
		return true;
	}
	return false;
}
