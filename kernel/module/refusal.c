/*
 * Refusals that several stages give, and the one that all give once loading is locked.
 */
#include "stage_internal.h"

static bool locked; /* [A] only ever set */

int load_diagnosed(struct load *load)
{
	char text[768]; /* three foreign texts of 80 bytes, each escaped, and a sentence */

	elf_diag_text(&load->diag, text, sizeof(text));
	return load_refuse(load, load->diag.err, "%s", text);
}

int load_no_memory(struct load *load)
{
	return load_refuse(load, -ENOMEM, "no memory");
}

void module_control_lock(void)
{
	WRITE_ONCE(locked, true);
}
EXPORT_SYMBOL(module_control_lock);

int refuse_locked(struct module_report *report)
{
	if (!READ_ONCE(locked))
		return 0;
	return report_reason(report, -EPERM, "loading and unloading are locked until reboot");
}
