/*
 * What modinfo shows: the lines that a module's file says of itself, whether it is loaded or not.
 * The file is held to all the loader's rules first, so that nothing here reads past its end.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>

#include "module_internal.h"

struct information {
	struct source source;
	struct module_file file;
	struct elf_diag diag;
	char text[320];
};

static int validate(struct information *information, struct module_report *report)
{
	struct elf_limits limits = ELF_LIMITS_DEFAULT;

	if (!module_file_validate(information->source.bytes, information->source.size, &limits,
				  &information->file, &information->diag))
		return 0;
	elf_diag_text(&information->diag, information->text, sizeof(information->text));
	return report_reason(report, information->diag.err, "%s", information->text);
}

int module_information(const char *name_or_path,
		       void (*print)(void *context, const char *field, const char *value,
				     size_t length),
		       void *context, struct module_report *report)
{
	struct information *information = heap_alloc_zeroed(sizeof(*information));
	char field[FOREIGN_SIZE], path[96];
	struct elf_text tag;
	const char *value;
	uint64_t cursor = 0;
	int error;

	report_clear(report);
	if (!information)
		return report_reason(report, -ENOMEM, "no memory");
	error = source_open(name_or_path, false, &information->source, report);
	if (!error)
		error = validate(information, report);
	if (!error) {
		if (!is_path(name_or_path))
			format_text(path, sizeof(path), "%s%s.ko",
				    information->source.copy ? "/modules/" : "boot set: ",
				    information->file.name);
		value = is_path(name_or_path) ? name_or_path : path;
		print(context, "filename", value, strlen(value)); /* bare: the caller's own */
	}
	while (!error && module_file_info_next(&information->file, &cursor, &tag, &value)) {
		escape_text(field, sizeof(field), tag.at, tag.length);
		print(context, field, value, strlen(value)); /* bare: the caller's own */
	}
	source_close(&information->source);
	heap_free(information);
	return error;
}
EXPORT_SYMBOL(module_information);
