/*
 * Loads that the shell does not ask for: the boot set, in the order in which GRUB loaded it with
 * the kernel, and module_load of a module.
 */
#include <module/module.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/stack.h>

#include <log/misuse.h>

#include "module_internal.h"

#define HALF_LINE 190u /* a line of the log is shortened in the middle: its end is the cause */

static void log_failure(const char *name, int error, const struct module_report *report)
{
	const char *text = report->text;
	size_t length = strlen(text);

	if (length <= 2 * HALF_LINE)
		printk(KERN_ERR "%s: not loaded: %s (%s)\n", name, text, errno_name(error));
	else
		printk(KERN_ERR "%s: not loaded: %.*s ... %s (%s)\n", name, (int)HALF_LINE, text,
		       text + length - HALF_LINE, errno_name(error));
}

void module_load_boot_set(void)
{
	struct module_report *report = heap_alloc_zeroed(sizeof(*report));
	struct module_source source = {0};
	const char *name;
	int error;

	for (unsigned i = 0; report && (name = boot_file_name(i)); i++) {
		if (strcmp(name, "archive") == 0)
			continue;
		source.bytes = boot_file(name, &source.size);
		error = module_control_load(name, &source, 0, NULL, 0, report);
		if (error)
			log_failure(name, error, report);
	}
	heap_free(report);
	boot_set_loaded();
}

int module_load(const char *name, const char *const *words, unsigned count)
{
	struct module_report *report;
	int error = -ENOMEM;

	if (!may_sleep())
		return -EDEADLK;
	stack_demand(STACK_FOR_LOAD + STACK_ROOM / 8); /* the load's, and this frame */
	touch_texts(&name, 1); /* a wild one faults before anything is taken */
	touch_texts(words, count);
	report = heap_alloc_zeroed(sizeof(*report));
	if (report)
		error = module_control_load(name, NULL, (int)count, (char **)words, 0, report);
	if (error && report)
		log_failure(name, error, report);
	heap_free(report);
	return error;
}
