#pragma once

#include <stddef.h>

#include <lib/descriptor.h>
#include <lib/elf_diag.h>

/*
 * Parameters of a load line. Everything is checked before anything is stored: parameters_check
 * decides, parameters_apply cannot fail. Words are "name=value"; in names '-' equals '_'. Integers
 * are decimal, 0x… or 0… (octal), with a sign where the type has one; booleans y n yes no true
 * false on off 1 0; arrays are separated by commas.
 */

/*
 * 0 with the bytes that copies of strings need in *@text_size, or -EINVAL with @diag naming the
 * parameter, its type and the text. The tables are checked ones (module_tables_check).
 */
int parameters_check(const struct module_param *params, unsigned count, const char *const *words,
		     unsigned word_count, size_t *text_size, struct elf_diag *diag);
/* @text: as large as parameters_check said, the caller's, to live as long as the module. */
void parameters_apply(const struct module_param *params, unsigned count, const char *const *words,
		      unsigned word_count, char *text);

/* Bytes of one element of a type, 0 for `string` and for what is no type; and its name. */
uint32_t parameter_type_size(uint32_t type);
const char *parameter_type_name(uint32_t type);
