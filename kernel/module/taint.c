/*
 * What is remembered until reboot: what was done to the kernel that makes its behaviour doubtful.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include "module_internal.h"

static char taint_text[128]; /* [M] */

void taint_forced(const char *name)
{
	char text[MODULE_NAME_SIZE + 32];
	size_t used = strlen(taint_text);

	format_text(text, sizeof(text), "forced unload of %s", name);
	if (!strstr(taint_text, text))
		format_text(taint_text + used, sizeof(taint_text) - used, "%s%s", used ? ", " : "",
			    text);
}

void module_taint_text(char *buffer, size_t size)
{
	touch_to_write(buffer, size);
	mutex_lock(&module_mutex);
	format_text(buffer, size, "%s", taint_text[0] ? taint_text : "no");
	mutex_unlock(&module_mutex);
}
