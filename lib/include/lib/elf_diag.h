#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Why a file, a descriptor or a parameter was refused: a reason and the numbers that belong to it.
 * One function makes one sentence of it, the same in the kernel, in the host checker and in tests.
 */
enum elf_reason {
	ELF_FINE,
	/* the file */
	ELF_TOO_SHORT,
	ELF_MAGIC,
	ELF_CLASS,
	ELF_BYTE_ORDER,
	ELF_VERSION,
	ELF_MACHINE,
	ELF_TYPE_EXEC,
	ELF_TYPE_DYN,
	ELF_TYPE,
	ELF_FILE_LIMIT,
	ELF_LOAD_LIMIT,
	/* sections */
	ELF_NO_SECTIONS,
	ELF_EXTENDED_NUMBERING,
	ELF_SECTION_ENTRY_SIZE,
	ELF_SECTION_TABLE_BOUNDS,
	ELF_NAME_TABLE_INDEX,
	ELF_NAME_TABLE_TYPE,
	ELF_SECTION_NAME,
	ELF_SECTION_BOUNDS,
	ELF_STRINGS_EMPTY,
	ELF_STRINGS_END,
	ELF_WRITE_EXECUTE,
	ELF_SECTION_TLS,
	ELF_SECTION_COMPRESSED,
	ELF_SECTION_TYPE,
	ELF_CONSTRUCTORS,
	ELF_ALIGNMENT,
	ELF_PERCPU_CODE,
	ELF_REL,
	ELF_ENTRY_SIZE,
	ELF_LINK,
	ELF_INFO,
	ELF_RELOCATED_NOBITS,
	/* symbols */
	ELF_SYMBOL_TABLES,
	ELF_NO_SYMBOLS,
	ELF_SYMBOL_NAME,
	ELF_SYMBOL_SECTION,
	ELF_SYMBOL_VALUE,
	ELF_SYMBOL_COMMON,
	ELF_SYMBOL_TLS,
	ELF_SYMBOL_IFUNC,
	ELF_SYMBOL_GOT,
	ELF_SYMBOL_UNKNOWN,
	ELF_SYMBOL_REFUSED,
	/* relocations */
	ELF_RELOCATION_TYPE,
	ELF_RELOCATION_PIC,
	ELF_RELOCATION_TLS,
	ELF_RELOCATION_BOUNDS,
	ELF_RELOCATION_SYMBOL,
	ELF_RELOCATION_UNRESOLVED,
	ELF_RELOCATION_FIT,
	ELF_RELOCATION_FIT_DISTANCE,
	/* the descriptor and what it leads to */
	MODULE_NO_SECTION,
	MODULE_SECTION_TWICE,
	MODULE_SECTION_KIND,
	MODULE_TABLE_SIZE,
	MODULE_DESCRIPTORS,
	MODULE_BAD_MAGIC,
	MODULE_OTHER_ABI,
	MODULE_BAD_SIZE,
	MODULE_BAD_NAME,
	MODULE_INFO_END,
	MODULE_BAD_DEPENDS,
	MODULE_POINTER,
	MODULE_EXPORT_VALUE,
	MODULE_EXPORT_NAME,
	MODULE_PARAM_NAME,
	MODULE_PARAM_TYPE,
	MODULE_PARAM_SIZE,
	MODULE_PARAM_STORAGE,
	/* parameters given when loading */
	PARAMETER_UNKNOWN,
	PARAMETER_MISSING,
	PARAMETER_MALFORMED,
	PARAMETER_RANGE,
	PARAMETER_LENGTH,
	PARAMETER_TWICE,
	PARAMETER_ELEMENTS,
	ELF_REASONS,
};

/* A piece of text in the file or in a word: not ours, not trusted, not NUL-terminated. */
struct elf_text {
	const char *at;
	uint32_t length;
};

struct elf_diag {
	int err; /* 0 or a negative errno */
	enum elf_reason reason;
	uint32_t section; /* index in the section table */
	uint64_t index;	  /* entry of that section: symbol, relocation, export, parameter */
	uint64_t value;	  /* what was found */
	uint64_t limit;	  /* what it was held against */
	struct elf_text section_name;
	struct elf_text field; /* of the header, or the type of a parameter or relocation */
	struct elf_text name;  /* symbol, module, parameter */
	struct elf_text text;  /* what was written there */
};

/*
 * Stores @filled in @diag with the errno of its reason (or @filled.err where that is set), and
 * returns that errno. The texts are not copied: what they point to must outlive the use of @diag.
 */
int elf_refuse(struct elf_diag *diag, struct elf_diag filled);

/*
 * One sentence without a final period, for an author: what is wrong, and where it can be said, what
 * to change in the build. Control characters of foreign text are escaped, long text is cut; upper
 * halves of addresses in the kernel's half are all that is shown of them. snprintf's semantics.
 */
int elf_diag_text(const struct elf_diag *diag, char *buffer, size_t size);
