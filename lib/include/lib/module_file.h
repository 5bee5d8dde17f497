#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/descriptor.h>
#include <lib/elf_image.h>

/* A piece of text in the file or in a word: not trusted, not NUL-terminated. */
struct elf_text {
	const char *at;
	uint32_t length;
};

/*
 * A module's file as the loader sees it: validated bytes, what can be known from them alone (name,
 * dependencies, information), and after relocation the tables that the descriptor leads to.
 */
struct module_file {
	struct elf_image image;
	char name[MODULE_NAME_SIZE]; /* canonical */
	const char *information;     /* the bytes of .modinfo; ends with a NUL */
	uint64_t information_size;
	uint32_t information_section;
	uint32_t descriptor_section;
	uint32_t exports_section; /* 0: none */
	uint32_t params_section;  /* 0: none */
};

/*
 * The whole of the validate stage: file, sizes and descriptor. No memory, no side effect. 0, or
 * -ENOEXEC or -E2BIG with the reason in @report.
 */
int module_file_validate(const void *bytes, size_t size, const struct elf_limits *limits,
			 struct module_file *file, struct module_report *report);

/*
 * Lines of .modinfo in file order; *@cursor is 0 at first. module_file_info: the value of the next
 * line `field=…`, NULL at the end. module_file_info_next: any line, false at the end; one without
 * '=' has an empty @field. Strings end in NUL and live as long as the file's bytes.
 */
const char *module_file_info(const struct module_file *file, const char *field, uint64_t *cursor);
bool module_file_info_next(const struct module_file *file, uint64_t *cursor, struct elf_text *field,
			   const char **value);
/*
 * Names of a comma-separated list such as the value of `depends`, made canonical: starts with
 * *@cursor at the list, false at its end or at what is no name.
 */
bool module_depends_next(const char **cursor, char name[MODULE_NAME_SIZE]);

/*
 * The canonical form of a module's name, '-' as '_'. -EINVAL when it is empty, longer than
 * MODULE_NAME_MAX, or has other characters than [A-Za-z0-9_-].
 */
int module_name_canonical(const char *text, size_t length, char name[MODULE_NAME_SIZE]);

/* What the relocated descriptor leads to; all pointers are to where the bytes are now. */
struct module_tables {
	uint64_t init; /* address or 0 */
	uint64_t exit; /* address or 0 */
	const struct module_export *exports;
	uint32_t export_count;
	const struct module_param *params;
	uint32_t param_count;
};

/*
 * Holds every pointer of the relocated tables to the module's own ranges: init in its text, exit in
 * text that stays, exports in it (not in what goes after init), names and storage of parameters in
 * its data. 0, or -ENOEXEC.
 */
int module_tables_check(struct module_file *file, struct module_tables *tables);

/*
 * Parameters of a load line. Everything is checked before anything is stored: parameters_check
 * decides, parameters_apply cannot fail. Words are "name=value"; in names '-' equals '_'. Integers
 * are decimal, 0x… or 0… (octal), with a sign where the type has one; booleans y n true false on
 * off 1 0; arrays are separated by commas.
 */

/*
 * 0 with the bytes that copies of strings need in *@text_size, or -EINVAL with @report naming the
 * parameter, its type and the text. The tables are checked ones (module_tables_check).
 */
int parameters_check(const struct module_param *params, unsigned count, const char *const *words,
		     unsigned word_count, size_t *text_size, struct module_report *report);
/* @text: as large as parameters_check said, the caller's, to live as long as the module. */
void parameters_apply(const struct module_param *params, unsigned count, const char *const *words,
		      unsigned word_count, char *text);

/* Bytes of one element of a type, 0 for `string` and for what is no type; and its name. */
uint32_t parameter_type_size(uint32_t type);
const char *parameter_type_name(uint32_t type);
