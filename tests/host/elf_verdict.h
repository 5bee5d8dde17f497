#pragma once

#include "elf_builder.h"
#include "elf_reason.h"

/* The reason, and behind "; " what the shell and the checker say that is to be changed. */
const char *reason_with_cure(const char *reason);
/* What a whole load says of the finished file: its sentence, ELF_FINE when it is accepted. */
const char *builder_verdict(const struct builder *builder);
/* Of the last verdict. */
const char *builder_sentence(void);
int builder_error(void);
