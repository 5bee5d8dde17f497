#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SYMBOL_SHOWN 340 /* what a reason shows of a name, escaped, and a NUL */

/* The symbol that the reason for a refusal says is undefined or thread-local, as it stands there;
 * false: the reason is another one. Context: any. */
bool reason_symbol(const char *reason, char *name, size_t size);

/*
 * Why a module needs the undefined symbol @name, where a compiler option or a helper of the
 * compiler's library is the reason, and what to change: a phrase that follows NAME. NULL: the name
 * says nothing. Context: any.
 */
const char *symbol_cure(const char *name);

#define CURE_TEXT (SYMBOL_SHOWN + 200)

/* What to change in the build, where the reason for a refusal tells: a line of @text. False: it
 * does not. Context: any. */
bool reason_cure(const char *reason, char *text, size_t size);
