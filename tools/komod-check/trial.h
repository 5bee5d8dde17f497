#pragma once

#include <stdlib.h>

#include <lib/errno.h>
#include <lib/module_file.h>

/*
 * A load as the kernel does it, in ordinary memory and without running anything: the stages that
 * are pure, one after the other, at addresses such as a module gets. For host programs: the
 * checker, the tests, the fuzzers. Whoever calls trial_run calls trial_end, also after a failure.
 */
#define TRIAL_PAGE 4096u
#define TRIAL_CORE 0xffffffffa0001000u
#define TRIAL_INIT 0xffffffffa8001000u
#define TRIAL_PERCPU 0x201000u
#define TRIAL_KERNEL 0xffffffff80200000u /* what undefined symbols are taken to be */

struct trial {
	struct module_file file;
	struct module_report report;
	struct elf_place *places;
	uint64_t *imports, *values;
	uint8_t *core, *init, *percpu;
	struct module_tables tables;
};

static inline uint8_t *trial_pages(uint64_t size)
{
	return aligned_alloc(TRIAL_PAGE, (size / TRIAL_PAGE + 1) * TRIAL_PAGE);
}

static inline int trial_place(struct trial *trial)
{
	const struct elf_layout *layout = &trial->file.image.layout;

	trial->places = calloc(trial->file.image.section_count, sizeof(*trial->places));
	trial->values = calloc(trial->file.image.symbol_count + 1, sizeof(*trial->values));
	trial->imports = calloc(trial->file.image.undefined_count + 1, sizeof(*trial->imports));
	trial->core = trial_pages(layout->core_span);
	trial->init = trial_pages(layout->init_span);
	trial->percpu = trial_pages(layout->segment[ELF_PERCPU].span);
	if (trial->places == NULL || trial->imports == NULL || trial->values == NULL ||
	    trial->core == NULL || trial->init == NULL || trial->percpu == NULL)
		return -ENOMEM;
	elf_lay_out(&trial->file.image, trial->places);
	elf_memory_fill(&trial->file.image, (struct elf_where){trial->core, TRIAL_CORE},
			(struct elf_where){trial->init, TRIAL_INIT},
			(struct elf_where){trial->percpu, TRIAL_PERCPU});
	return 0;
}

/* What undefined symbols are taken to be; weak ones stay 0. */
static inline void trial_import(struct trial *trial)
{
	uint64_t *import = trial->imports;
	uint32_t cursor = 0;
	const char *name;
	bool weak;

	for (; elf_next_undefined(&trial->file.image, &cursor, &name, &weak); import++)
		*import = weak ? 0 : TRIAL_KERNEL;
}

/* 0, or trial->report says why not (-ENOMEM: it does not). */
static inline int trial_run(struct trial *trial, const void *bytes, size_t size,
			    const struct elf_limits *limits)
{
	struct elf_image *image = &trial->file.image;
	int err;

	*trial = (struct trial){};
	report_clear(&trial->report);
	err = module_file_validate(bytes, size, limits, &trial->file, &trial->report);
	if (err == 0)
		err = trial_place(trial);
	if (err == 0)
		trial_import(trial);
	if (err == 0)
		err = elf_link_symbols(image, trial->imports, trial->values);
	if (err == 0)
		err = elf_relocate(image, trial->values);
	if (err == 0)
		err = module_tables_check(&trial->file, &trial->tables);
	return err;
}

static inline void trial_end(struct trial *trial)
{
	free(trial->places);
	free(trial->imports);
	free(trial->values);
	free(trial->core);
	free(trial->init);
	free(trial->percpu);
}

/* The string that a checked table points to. */
static inline const char *trial_string(const struct trial *trial, const char *address)
{
	return elf_memory_string(&trial->file.image.layout, (uint64_t)(uintptr_t)address,
				 ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA));
}
