#include "elf_verdict.h"

#include <stdlib.h>
#include <string.h>

#include "cure.h"

#include "../../tools/komod-check/trial.h"

static char sentence[2048];
static int error;

const char *reason_with_cure(const char *reason)
{
	char cure[CURE_TEXT];

	strcpy(sentence, reason);
	if (reason_cure(reason, cure, sizeof(cure)))
		strcat(strcat(sentence, "; "), cure);
	return sentence;
}

const char *builder_verdict(const struct builder *builder)
{
	uint8_t *copy = malloc(builder->size == 0 ? 1 : builder->size);
	struct trial trial;

	/* Exactly as large as the file, so that the sanitizer sees the first byte too many. */
	memcpy(copy, builder->bytes, builder->size);
	error = trial_run(&trial, copy, builder->size, &ELF_LIMITS_DEFAULT);
	CHECK_EQ(error, trial.report.error);
	CHECK_EQ(error != 0, trial.report.lines);
	CHECK(!trial.report.cut);
	reason_with_cure(error ? trial.report.text : ELF_FINE);
	trial_end(&trial);
	free(copy);
	return sentence;
}

const char *builder_sentence(void)
{
	return sentence;
}

int builder_error(void)
{
	return error;
}
