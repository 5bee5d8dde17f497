/*
 * Walks over the table of modules, by copies of its rows, since a module is known to be there only
 * as long as the kernel copies its row. A folder is asked for one entry after the other, by number:
 * where the last answer was is kept, so that the next one is a step and not a walk. Two listings at
 * once take that from each other, and walk.
 */
#include <string.h>

#include <kernel/mutex.h>

#include "sys.h"

static DEFINE_MUTEX(last_mutex);
static struct {
	char needed[sizeof(((struct module_line *)0)->name)];
	unsigned next; /* the number of the row behind this one; 0: there is no last answer */
	uint64_t cursor;
	char name[sizeof(((struct module_line *)0)->name)];
} last; /* [L] of last_mutex */

int row_find(const char *name, struct module_line *row)
{
	uint64_t cursor = MODULE_NAMED;

	if (strlcpy(row->name, name, sizeof(row->name)) >= sizeof(row->name))
		return -ENOENT;
	return module_describe(&cursor, row);
}

bool row_next(const char *needed, uint64_t *cursor, struct module_line *row)
{
	while (module_describe(cursor, row) == 0)
		if (!*needed || module_needs(row->name, needed))
			return true;
	return false;
}

/* The number of the row that *@cursor is made to lead to, at most @index; 0: the first. */
static unsigned go_on(const char *needed, unsigned index, uint64_t *cursor, struct module_line *row)
{
	unsigned next = 0;

	mutex_lock(&last_mutex);
	if (last.next <= index && strcmp(last.needed, needed) == 0) {
		next = last.next;
		*cursor = last.cursor;
		strlcpy(row->name, last.name, sizeof(row->name));
	}
	mutex_unlock(&last_mutex);
	return next;
}

static void keep(const char *needed, unsigned index, uint64_t cursor, const struct module_line *row)
{
	mutex_lock(&last_mutex);
	last.next = index + 1;
	last.cursor = cursor;
	strlcpy(last.needed, needed, sizeof(last.needed));
	strlcpy(last.name, row->name, sizeof(last.name));
	mutex_unlock(&last_mutex);
}

bool row_nth(const char *needed, unsigned index, struct module_line *row)
{
	uint64_t cursor = 0;
	unsigned next = go_on(needed, index, &cursor, row);

	while (row_next(needed, &cursor, row))
		if (next++ == index) {
			keep(needed, index, cursor, row);
			return true;
		}
	return false;
}
