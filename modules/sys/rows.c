/*
 * Look-ups in the table of modules. Each is a walk over copies of its rows, since a module is known
 * to be there only as long as the kernel copies its row.
 */
#include <string.h>

#include "sys.h"

bool row_find(const char *name, struct module_line *row)
{
	uint64_t cursor = 0;

	while (module_describe(&cursor, row) == 0)
		if (strcmp(row->name, name) == 0)
			return true;
	return false;
}

bool row_user(const char *needed, unsigned index, struct module_line *row)
{
	uint64_t cursor = 0;

	while (module_describe(&cursor, row) == 0)
		if (module_needs(row->name, needed) && index-- == 0)
			return true;
	return false;
}
