#pragma once

#include <lib/elf_diag.h>

#include "elf_builder.h"

/* What a whole load says of the finished file: its reason, ELF_FINE when it is accepted. */
enum elf_reason builder_verdict(const struct builder *builder);
/* The sentence of the last verdict. */
const char *builder_sentence(void);
int builder_error(void);
