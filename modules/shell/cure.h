#pragma once

/*
 * Why a module needs the undefined symbol @name, where a compiler option or a helper of the
 * compiler's library is the reason, and what to change: a phrase that follows NAME. NULL: the name
 * says nothing. Context: any.
 */
const char *symbol_cure(const char *name);
