#pragma once

#include <stddef.h>
#include <stdint.h>

/* What is wrong with a relocation of a type that the loader does not know, by its name where the
 * ABI gives one, and what to change: a line of text. Context: any. */
void relocation_cure(uint32_t type, char *text, size_t size);
