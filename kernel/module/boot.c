/*
 * Loads that the shell does not ask for: the boot set, in the order in which GRUB loaded it with
 * the kernel, and module_load of a module.
 */
#include <module/module.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/boot.h>
#include <kernel/heap.h>

#include <log/misuse.h>

#include "module_internal.h"

#define WORD_LIMIT 32u
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

/* Cuts @text at blanks that are not in "…", in place, without the quotes. */
static unsigned split_words(char *text, char **words)
{
	unsigned count = 0;
	char *to = text;
	bool quoted = false, inside = false;

	for (char *from = text; *from; from++) {
		bool blank = !quoted && (*from == ' ' || *from == '\t');

		if (!inside && !blank && count < WORD_LIMIT)
			words[count++] = to;
		inside = !blank;
		if (blank)
			*to++ = '\0';
		else if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*to = '\0';
	return count;
}

int module_load(const char *name, const char *parameters)
{
	size_t size = parameters ? strlen(parameters) + 1 : 1;
	struct module_report *report;
	char *text, *words[WORD_LIMIT];
	int error = -ENOMEM;

	if (!may_sleep())
		return -EDEADLK;
	touch(name, strlen(name) + 1);
	report = heap_alloc_zeroed(sizeof(*report));
	text = heap_alloc(size);
	if (report && text) {
		strlcpy(text, parameters ? parameters : "", size);
		error = module_control_load(name, NULL, (int)split_words(text, words), words, 0,
					    report);
	}
	if (error && report)
		log_failure(name, error, report);
	heap_free(text);
	heap_free(report);
	return error;
}
EXPORT_SYMBOL(module_load);
