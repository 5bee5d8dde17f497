#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A piece of text in the file or in a word: not ours, not trusted, not NUL-terminated. */
struct elf_text {
	const char *at;
	uint32_t length;
};

static inline struct elf_text elf_text_of(const char *text)
{
	return (struct elf_text){text, (uint32_t)strlen(text)};
}

/*
 * Why a file, a descriptor or a parameter was refused: a sentence, which stands where the check
 * stands, and the numbers and texts that belong to it. Whoever checks sets where it is (section,
 * index, name) and then refuses. One function makes the sentence whole, the same in the kernel, in
 * the host checker and in tests. The texts are not copied: what they point to must outlive it.
 */
struct elf_diag {
	int err;	      /* 0 or a negative errno */
	const char *sentence; /* fields in braces; NULL: nothing is wrong */
	uint32_t section;     /* index in the section table; 0: it is about none */
	uint64_t index;	      /* entry of that section: symbol, relocation, export, parameter */
	uint64_t value;	      /* what was found */
	uint64_t limit;	      /* what it was held against */
	struct elf_text section_name;
	struct elf_text field; /* the type of a parameter or relocation */
	struct elf_text name;  /* symbol, module, parameter */
	struct elf_text text;  /* what was written there */
	int64_t addend;	       /* of a relocation */
	const char *cure;      /* a constant: what elf_symbol_cure says */
};

/*
 * Refuses with @err (positive); returns its negative. @sentence is a constant: what is wrong in the
 * terms of the file and, where the author can do something about it, what. In braces:
 * index, value, limit (numbers), hex (value in hexadecimal), addend (with its sign, nothing when it
 * is 0), field, name, text and cure.
 */
int elf_refuse(struct elf_diag *diag, int err, uint64_t value, uint64_t limit,
	       const char *sentence);

/*
 * The sentence without a final period; a section that it is about comes first. Control characters
 * of foreign text are escaped, long text is cut. No sentence has a number from which an address of
 * the kernel follows. snprintf's semantics.
 */
int elf_diag_text(const struct elf_diag *diag, char *buffer, size_t size);
