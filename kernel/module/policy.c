/*
 * What is remembered until reboot: that loading and unloading are locked, and what has been done to
 * the kernel that makes its behaviour doubtful. Neither can be undone.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/spinlock.h>

#include "module_internal.h"

static bool locked; /* [A] only ever set */

static DEFINE_SPINLOCK(taint_lock);
static char taint_text[128]; /* [L] */

void module_control_lock(void)
{
	WRITE_ONCE(locked, true);
}
EXPORT_SYMBOL(module_control_lock);

bool modules_are_locked(void)
{
	return READ_ONCE(locked);
}

void taint(const char *reason, const char *name)
{
	char text[MODULE_NAME_SIZE + 32];
	size_t used;

	format_text(text, sizeof(text), "%s %s", reason, name);
	spin_lock(&taint_lock);
	used = strlen(taint_text);
	if (!strstr(taint_text, text))
		format_text(taint_text + used, sizeof(taint_text) - used, "%s%s", used ? ", " : "",
			    text);
	spin_unlock(&taint_lock);
}

void module_taint_text(char *buffer, size_t size)
{
	spin_lock(&taint_lock);
	format_text(buffer, size, "%s", taint_text[0] ? taint_text : "no");
	spin_unlock(&taint_lock);
}
EXPORT_SYMBOL(module_taint_text);

bool module_names_equal(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
			return false;
	return *a == *b;
}
EXPORT_SYMBOL(module_names_equal);

void module_canonical_name(const char *name, char *canonical, size_t size)
{
	size_t length = strlen(name);

	length = length < size ? length : size - 1;
	for (size_t i = 0; i < length; i++)
		canonical[i] = name[i] == '-' ? '_' : name[i];
	canonical[length] = '\0';
}
EXPORT_SYMBOL(module_canonical_name);
