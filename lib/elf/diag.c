/*
 * The sentences. Every refusal of a file, descriptor or parameter has one row here: its errno and
 * what to tell. The rule: a sentence says what is wrong in the terms of the file, and where the
 * author can do something about it, what.
 */
#include <lib/elf_diag.h>

#include <stdbool.h>
#include <string.h>

#include <lib/errno.h>
#include <lib/format.h>

/*
 * In braces: section, index, value, limit (numbers of the diagnosis), hex and address (value in
 * hexadecimal, the latter without the lower half of a kernel address), field, name and text.
 */
static const struct {
	int err;
	const char *sentence;
} reasons[ELF_REASONS] = {
    [ELF_FINE] = {0, "nothing is wrong"},

    [ELF_TOO_SHORT] = {ENOEXEC, "too short: {value} bytes, an ELF header has {limit}"},
    [ELF_MAGIC] = {ENOEXEC, "not an ELF file: e_ident does not begin with 7f 45 4c 46"},
    [ELF_CLASS] = {ENOEXEC, "e_ident[EI_CLASS] is {value}, not {limit}: not a 64-bit object; "
			    "compile for x86-64 (-m64)"},
    [ELF_BYTE_ORDER] = {ENOEXEC, "e_ident[EI_DATA] is {value}, not {limit}: not little-endian; "
				 "compile for x86-64"},
    [ELF_VERSION] = {ENOEXEC, "{field} is {value}, not {limit}"},
    [ELF_MACHINE] = {ENOEXEC, "e_machine is {value}, not {limit}: built for another processor; "
			      "compile for x86-64"},
    [ELF_TYPE_EXEC] = {ENOEXEC, "e_type is {value}, not {limit}: a linked program; link the "
				"module with ld -r"},
    [ELF_TYPE_DYN] = {ENOEXEC, "e_type is {value}, not {limit}: a shared object; link the module "
			       "with ld -r, not -shared or -pie"},
    [ELF_TYPE] = {ENOEXEC, "e_type is {value}, not {limit}: not a relocatable file; link the "
			   "module with ld -r"},
    [ELF_FILE_LIMIT] = {E2BIG, "the file has {value} bytes, the limit is {limit}"},
    [ELF_LOAD_LIMIT] = {E2BIG, "{section} of {value} bytes makes the module larger than the "
			       "{limit} bytes that may be loaded"},

    [ELF_NO_SECTIONS] = {ENOEXEC, "e_shnum is 0: there are no sections"},
    [ELF_EXTENDED_NUMBERING] = {ENOEXEC, "{field} is {hex}: extended section numbering; build "
					 "with fewer sections (no -ffunction-sections, no "
					 "-fdata-sections)"},
    [ELF_SECTION_ENTRY_SIZE] = {ENOEXEC, "e_shentsize is {value}, not {limit}"},
    [ELF_SECTION_TABLE_BOUNDS] = {ENOEXEC, "the section table, {index} entries at e_shoff "
					   "{value}, does not lie in the file's {limit} bytes"},
    [ELF_NAME_TABLE_INDEX] = {ENOEXEC, "e_shstrndx is {value}, not from 1 to below {limit}"},
    [ELF_NAME_TABLE_TYPE] = {ENOEXEC, "{section}, which e_shstrndx names, has sh_type {value}, not "
				      "{limit} (a string table)"},
    [ELF_SECTION_NAME] = {ENOEXEC, "{section}: sh_name {value} is not below {limit}, the size of "
				   "the name table"},
    [ELF_SECTION_BOUNDS] = {ENOEXEC, "{section}: {index} bytes at sh_offset {value} do not lie in "
				     "the file's {limit} bytes"},
    [ELF_STRINGS_EMPTY] = {ENOEXEC, "{section}: an empty string table"},
    [ELF_STRINGS_END] = {ENOEXEC, "{section}: the string table's last byte is {value}, not 0"},
    [ELF_WRITE_EXECUTE] = {ENOEXEC, "{section}: sh_flags {hex} make it both writable and "
				    "executable; keep code and data in different sections"},
    [ELF_SECTION_TLS] = {ENOEXEC, "{section}: thread-local data is not supported; use "
				  "DEFINE_PER_CPU in place of __thread"},
    [ELF_SECTION_COMPRESSED] = {ENOEXEC, "{section}: sh_flags {hex} say compressed, but it has to "
					 "be loaded; link without compressing it"},
    [ELF_SECTION_TYPE] = {ENOEXEC, "{section}: sh_type {hex} is not one that can be loaded"},
    [ELF_CONSTRUCTORS] = {ENOEXEC, "{section}: constructors and destructors are not run; call the "
				   "function from module_init or module_exit, without "
				   "__attribute__((constructor))"},
    [ELF_ALIGNMENT] = {ENOEXEC, "{section}: sh_addralign {value} is not a power of two up to "
				"{limit}"},
    [ELF_PERCPU_CODE] = {ENOEXEC, "{section}: sh_flags {hex} put code into per-CPU data"},
    [ELF_REL] = {ENOEXEC, "{section}: relocations without addends (SHT_REL); an x86-64 assembler "
			  "makes SHT_RELA"},
    [ELF_ENTRY_SIZE] = {ENOEXEC, "{section}: sh_size {index} in entries of sh_entsize {value}, "
				 "entries have {limit} bytes"},
    [ELF_LINK] = {ENOEXEC, "{section}: sh_link {value} is not the {field} that belongs to it, of "
			   "{limit} sections"},
    [ELF_INFO] = {ENOEXEC, "{section}: sh_info {value} is not below {limit}"},
    [ELF_RELOCATED_NOBITS] = {ENOEXEC, "{section}: sh_info {value} names a section that has "
				       "nothing in the file to relocate"},

    [ELF_SYMBOL_TABLES] = {ENOEXEC, "{section}: a second symbol table, section {value} is one"},
    [ELF_NO_SYMBOLS] = {ENOEXEC, "no symbol table; strip modules with --strip-debug only"},
    [ELF_SYMBOL_NAME] = {ENOEXEC, "{section}: symbol {index}: st_name {value} is not below "
				  "{limit}, the size of the string table"},
    [ELF_SYMBOL_SECTION] = {ENOEXEC, "{section}: symbol {index} ({name}): st_shndx {hex} is not "
				     "below {limit}"},
    [ELF_SYMBOL_VALUE] = {ENOEXEC, "{section}: symbol {index} ({name}): st_value {value} with its "
				   "st_size does not lie in the {limit} bytes of its section"},
    [ELF_SYMBOL_COMMON] = {ENOEXEC, "{section}: symbol {index} ({name}) is COMMON; compile with "
				    "-fno-common"},
    [ELF_SYMBOL_TLS] = {ENOEXEC, "{section}: symbol {index} ({name}) is thread-local; use "
				 "DEFINE_PER_CPU in place of __thread"},
    [ELF_SYMBOL_IFUNC] = {ENOEXEC, "{section}: symbol {index} ({name}) is an IFUNC, chosen when "
				   "loading; use an ordinary function or a pointer"},
    [ELF_SYMBOL_GOT] = {ENOEXEC, "{section}: symbol {index} ({name}): position-independent code; "
				 "compile with -fno-pic -mcmodel=kernel"},
    [ELF_SYMBOL_UNKNOWN] = {ENOENT, "unknown symbol {name}: nothing that is loaded exports it"},
    [ELF_SYMBOL_REFUSED] = {ENOENT, "symbol {name} cannot be used"},

    [ELF_RELOCATION_TYPE] = {ENOEXEC, "{section}: relocation {index} to {name} has type {value} "
				      "({field}), which is not supported; compile with "
				      "-mcmodel=kernel -fno-pic"},
    [ELF_RELOCATION_PIC] = {ENOEXEC, "{section}: relocation {index} to {name} has type {value} "
				     "({field}), which goes through a global offset table; "
				     "compile with -fno-pic -fno-pie -mcmodel=kernel"},
    [ELF_RELOCATION_TLS] = {ENOEXEC, "{section}: relocation {index} to {name} has type {value} "
				     "({field}), which is thread-local; use DEFINE_PER_CPU in "
				     "place of __thread"},
    [ELF_RELOCATION_BOUNDS] = {ENOEXEC, "{section}: relocation {index} to {name}: r_offset "
					"{value} does not lie in the {limit} bytes of its section"},
    [ELF_RELOCATION_SYMBOL] = {ENOEXEC, "{section}: relocation {index}: symbol {value} is not "
					"below {limit}"},
    [ELF_RELOCATION_UNRESOLVED] = {ENOEXEC, "{section}: relocation {index}: symbol {value} "
					    "({name}) stands in a section that is not loaded"},
    [ELF_RELOCATION_FIT] = {ENOEXEC, "{section}: relocation {index} ({field}) to {name}: value "
				     "{address} does not fit; compile with -mcmodel=kernel"},
    [ELF_RELOCATION_FIT_DISTANCE] = {ENOEXEC, "{section}: relocation {index} ({field}) to {name}: "
					      "value {address}, the distance, does not fit"},

    [MODULE_NO_SECTION] = {ENOEXEC, "no section {name}: not a module, or linked without its "
				    "generated NAME.mod.c"},
    [MODULE_SECTION_TWICE] = {ENOEXEC, "{section}: section {value} has this name too"},
    [MODULE_SECTION_KIND] = {ENOEXEC, "{section}: has to be data that is loaded from the file, "
				      "aligned to at least {limit}"},
    [MODULE_TABLE_SIZE] = {ENOEXEC, "{section}: {value} bytes are no whole number of entries of "
				    "{limit}"},
    [MODULE_DESCRIPTORS] = {ENOEXEC, "{section}: {value} bytes, more than one descriptor of "
				     "{limit}; one NAME.mod.c belongs in a module"},
    [MODULE_BAD_MAGIC] = {ENOEXEC, "{section}: magic is {hex}, not the descriptor's"},
    [MODULE_OTHER_ABI] = {ENOEXEC, "built for module ABI {value}, this kernel has ABI {limit}; "
				   "build it again with this kernel's headers"},
    [MODULE_BAD_SIZE] = {ENOEXEC, "{section}: size is {value}, a descriptor has {limit} bytes"},
    [MODULE_BAD_NAME] = {ENOEXEC, "{section}: name '{name}' is not 1 to {limit} of A-Z a-z 0-9 _"},
    [MODULE_INFO_END] = {ENOEXEC, "{section}: does not end with a NUL"},
    [MODULE_BAD_DEPENDS] = {ENOEXEC, "{section}: depends={text}: '{name}' is no module's name"},
    [MODULE_POINTER] = {ENOEXEC, "{section}: {field} does not lie in the module's {text}"},
    [MODULE_EXPORT_VALUE] = {ENOEXEC, "{section}: export {index} ({name}) does not lie in the "
				      "part of the module that stays; do not export what is "
				      "__init"},
    [MODULE_EXPORT_NAME] = {ENOEXEC, "{section}: export {index}: its name is not a string of the "
				     "module"},
    [MODULE_PARAM_NAME] = {ENOEXEC, "{section}: parameter {index}: its name is not a string of "
				    "the module"},
    [MODULE_PARAM_TYPE] = {ENOEXEC, "{section}: parameter {name}: type {value} is not below "
				    "{limit}"},
    [MODULE_PARAM_SIZE] = {ENOEXEC, "{section}: parameter {name}: the variable has {value} bytes, "
				    "type {field} has {limit}; give both the same type"},
    [MODULE_PARAM_STORAGE] = {ENOEXEC, "{section}: parameter {name}: its variable or count does "
				       "not lie in the module's data; it must not be const or "
				       "__initdata"},

    [PARAMETER_UNKNOWN] = {EINVAL, "unknown parameter {name}"},
    [PARAMETER_MISSING] = {EINVAL, "parameter {name}: a value of type {field} is missing, write "
				   "{name}=VALUE"},
    [PARAMETER_MALFORMED] = {EINVAL, "parameter {name}: '{text}' is not of type {field}"},
    [PARAMETER_RANGE] = {EINVAL, "parameter {name}: '{text}' is out of range for type {field}"},
    [PARAMETER_LENGTH] = {EINVAL, "parameter {name}: '{text}' is too long for type {field} of "
				  "{limit} bytes"},
    [PARAMETER_TWICE] = {EINVAL, "parameter {name} is given twice, the second time as '{text}'"},
    [PARAMETER_ELEMENTS] = {EINVAL, "parameter {name}: '{text}' has {value} elements, the array "
				    "of type {field} holds {limit}"},
};

int elf_refuse(struct elf_diag *diag, struct elf_diag filled)
{
	*diag = filled;
	if (diag->err == 0)
		diag->err = -reasons[diag->reason].err;
	return diag->err;
}

/* Where the sentence goes; counts on when there is no more room. */
struct sentence {
	char *buffer;
	size_t size;
	size_t length;
};

static void put_text(struct sentence *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++, out->length++)
		if (out->length + 1 < out->size)
			out->buffer[out->length] = text[i];
}

#define FOREIGN_MAX 80u /* bytes of a foreign text that are shown */

static void put_foreign(struct sentence *out, struct elf_text text)
{
	char escaped[FOREIGN_MAX * ESCAPE_MAX + 1];
	uint32_t length = text.length < FOREIGN_MAX ? text.length : FOREIGN_MAX;

	if (text.length == 0)
		return;
	put_text(out, escaped, escape_text(escaped, sizeof(escaped), text.at, length));
	if (length < text.length)
		put_text(out, "...", 3);
}

static void put_number(struct sentence *out, uint64_t number)
{
	char digits[24];

	put_text(out, digits,
		 (size_t)format_text(digits, sizeof(digits), "%llu", (unsigned long long)number));
}

static void put_hex(struct sentence *out, uint64_t number)
{
	char digits[24];

	put_text(out, digits,
		 (size_t)format_text(digits, sizeof(digits), "%#llx", (unsigned long long)number));
}

static void put_section(struct sentence *out, const struct elf_diag *diag)
{
	put_text(out, "section ", 8);
	put_number(out, diag->section);
	if (diag->section_name.length == 0)
		return;
	put_text(out, " (", 2);
	put_foreign(out, diag->section_name);
	put_text(out, ")", 1);
}

/* Logs show no addresses of the kernel: the upper half tells why it does not fit. */
static void put_address(struct sentence *out, uint64_t value)
{
	bool hidden = value >> 47 == 0x1ffff;

	put_hex(out, hidden ? value >> 32 : value);
	if (hidden)
		put_text(out, "........", 8);
}

/* The words in braces differ in their first letters. */
static void put_placeholder(struct sentence *out, const struct elf_diag *diag, char word)
{
	switch (word) {
	case 's':
		put_section(out, diag);
		break;
	case 'i':
		put_number(out, diag->index);
		break;
	case 'v':
		put_number(out, diag->value);
		break;
	case 'l':
		put_number(out, diag->limit);
		break;
	case 'h':
		put_hex(out, diag->value);
		break;
	case 'a':
		put_address(out, diag->value);
		break;
	case 'f':
		put_foreign(out, diag->field);
		break;
	case 'n':
		put_foreign(out, diag->name);
		break;
	default:
		put_foreign(out, diag->text);
		break;
	}
}

int elf_diag_text(const struct elf_diag *diag, char *buffer, size_t size)
{
	struct sentence out = {buffer, size, 0};
	const char *at = reasons[diag->reason].sentence;

	while (*at != '\0') {
		size_t length = strcspn(at, "{");

		put_text(&out, at, length);
		at += length;
		if (*at == '\0')
			break;
		put_placeholder(&out, diag, at[1]);
		at += strcspn(at, "}") + 1;
	}
	if (size > 0)
		buffer[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}
