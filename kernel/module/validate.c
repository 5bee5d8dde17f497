/*
 * Stage `validate`: what the file says of itself. All of ELF and of the descriptor is checked once,
 * and whether the file was built for this kernel. Only reads the file, so the mutex is not held.
 */
#include <string.h>

#include "stage_internal.h"

int load_validate(struct load *load)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	uint64_t cursor = 0;
	const char *vermagic;
	char built[FOREIGN_SIZE];

	if (module_file_validate(load->source.bytes, load->source.size, &limits, &load->file,
				 &load->diag))
		return load_diagnosed(load);
	vermagic = module_file_info(&load->file, "vermagic", &cursor);
	if (vermagic && strcmp(vermagic, MODULE_VERMAGIC) == 0)
		return 0;
	return load_refuse(load, -ENOEXEC, "was built for \"%s\", this kernel is \"%s\"",
			   vermagic ? foreign(vermagic, built) : "(no vermagic)", MODULE_VERMAGIC);
}
