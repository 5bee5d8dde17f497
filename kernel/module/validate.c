/*
 * Stage `validate`: what the file says of itself. All of ELF and of the descriptor is checked once,
 * and whether the file was built for this kernel, by the functions of lib/ that the host's checker
 * uses too. Only reads the file, so the mutex is not held.
 */
#include "stage_internal.h"

int load_validate(struct load *load)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;

	if (module_file_validate(load->source.bytes, load->source.size, &limits, &load->file,
				 &load->diag))
		return load_diagnosed(load);
	return 0;
}
