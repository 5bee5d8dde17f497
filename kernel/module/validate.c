/*
 * Stage `validate`: what the file says of itself. All of ELF and of the descriptor is checked once,
 * and whether the file was built for this kernel, by the functions of lib/ that the host's checker
 * uses too. Only reads the file, so the mutex is not held.
 */
#include <string.h>

#include "stage_internal.h"

/* A name asks for the module of that name, a path for whatever the file holds. */
static int check_name(struct load *load)
{
	char name[MODULE_NAME_SIZE];
	size_t length = strlen(load->subject);

	if (strchr(load->subject, '/') || module_name_canonical(load->subject, length, name) ||
	    strcmp(name, load->file.name) == 0)
		return 0;
	return load_refuse(load, -ENOEXEC,
			   "/modules/%s.ko holds the module %s; rename the file, or load it by its "
			   "path",
			   name, load->file.name);
}

int load_validate(struct load *load)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	int error = module_file_validate(load->source.bytes, load->source.size, &limits,
					 &load->file, load->report);

	return error ? error : check_name(load);
}
