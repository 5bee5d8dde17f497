/*
 * Where the bytes of a module come from: a path; or for a name /modules/NAME.ko, and where there is
 * no such file the boot set, which the kernel keeps. The index of /modules says which file exports
 * a symbol.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/file.h>
#include <kernel/heap.h>

#include "module_internal.h"

#define MODULE_FOLDER "/modules/"
#define INDEX_PATH MODULE_FOLDER "modules.index"

/* A copy in memory of the kernel's; a file that cannot be a module is not read at all. */
static int read_path(const char *path, struct module_source *source, struct module_report *report)
{
	struct file_status status;
	int error = file_status(path, &status);

	if (!error && status.kind == FILE_DIRECTORY)
		return report_reason(report, -EISDIR, "is a directory");
	if (!error && status.kind != FILE_REGULAR)
		return report_reason(report, -EINVAL, "is not a regular file");
	if (!error && status.size > ELF_LIMITS_DEFAULT.file)
		return report_reason(report, -E2BIG, "file of %llu bytes, the limit is %llu",
				     (unsigned long long)status.size,
				     (unsigned long long)ELF_LIMITS_DEFAULT.file);
	if (!error)
		error = file_load(path, THIS_MODULE, &source->copy, &source->size);
	if (error)
		return report_reason(report, error, "%s", errno_text(error));
	source->bytes = source->copy;
	return 0;
}

static int read_name(const char *given, struct module_source *source, struct module_report *report)
{
	char path[sizeof(MODULE_FOLDER) + MODULE_NAME_SIZE + 3];
	char name[MODULE_NAME_SIZE];
	int error;

	if (strlen(given) > MODULE_NAME_MAX)
		return report_reason(report, -EINVAL, "the name is longer than %d characters",
				     MODULE_NAME_MAX);
	if (module_name_canonical(given, strlen(given), name))
		return report_reason(report, -ENOENT, "no such module");
	format_text(path, sizeof(path), MODULE_FOLDER "%s.ko", name);
	error = read_path(path, source, report);
	if (error != -ENOENT)
		return error;
	source->bytes = boot_file(name, &source->size);
	if (!source->bytes)
		return report_reason(report, -ENOENT, "no file %s", path);
	report_clear(report);
	return 0;
}

int module_source_open(const char *name_or_path, bool only_path, struct module_source *source,
		       struct module_report *report)
{
	*source = (struct module_source){0};
	if (only_path || strchr(name_or_path, '/'))
		return read_path(name_or_path, source, report);
	return read_name(name_or_path, source, report);
}
EXPORT_SYMBOL(module_source_open);

void module_source_close(struct module_source *source)
{
	heap_free(source->copy);
	*source = (struct module_source){0};
}
EXPORT_SYMBOL(module_source_close);

/* A line "SYMBOL MODULE" of the index that is about @symbol; copies the module's name. */
static bool index_line(const char *line, size_t length, const char *symbol, size_t symbol_length,
		       char name[MODULE_NAME_SIZE])
{
	if (length <= symbol_length + 1 || line[symbol_length] != ' ' ||
	    memcmp(line, symbol, symbol_length) != 0)
		return false;
	return module_name_canonical(line + symbol_length + 1, length - symbol_length - 1, name) ==
	       0;
}

int source_exporter(const char *symbol, char name[MODULE_NAME_SIZE])
{
	size_t symbol_length = strlen(symbol);
	const char *line, *end;
	void *text;
	size_t size;
	bool found = false;

	if (file_load(INDEX_PATH, THIS_MODULE, &text, &size))
		return -ENOENT;
	for (line = text; size > 0 && !found; size -= (size_t)(end - line), line = end) {
		const char *newline = memchr(line, '\n', size);
		size_t length = newline ? (size_t)(newline - line) : size;

		found = index_line(line, length, symbol, symbol_length, name);
		end = line + length + (newline != NULL);
	}
	heap_free(text);
	return found ? 0 : -ENOENT;
}
