/*
 * Where the bytes of a module come from: a path; or for a name /modules/NAME.ko, and where there is
 * no such file the boot set, which the kernel keeps. The index of /modules says which file exports
 * a symbol.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/source.h>

#include "module_internal.h"

#define MODULE_FOLDER "/modules/"
#define INDEX_PATH MODULE_FOLDER "modules.index"
#define INDEX_LIMIT (16ull << 20)
#define NO_SOURCE "no module reads files now: load files"

/* A copy in memory of the kernel's; a file that cannot be a module is not read at all. */
static int read_path(const char *path, struct module_source *source, struct module_report *report)
{
	uint64_t limit = ELF_LIMITS_DEFAULT.file;
	int error = source_load(path, limit, THIS_MODULE, &source->copy, &source->size);

	switch (error) {
	case 0:
		source->bytes = source->copy;
		return 0;
	case -ENXIO:
		return report_reason(report, -EINVAL, "is not a regular file");
	case -E2BIG:
		return report_reason(report, error, "file of %llu bytes, the limit is %llu",
				     (unsigned long long)source->size, (unsigned long long)limit);
	case -ENOSYS:
		return report_reason(report, error, NO_SOURCE);
	default:
		return report_reason(report, error, "%s", errno_text(error));
	}
}

int module_source_open(const char *name_or_path, bool only_path, struct module_source *source,
		       struct module_report *report)
{
	char path[sizeof(MODULE_FOLDER) + MODULE_NAME_SIZE + 3];
	char name[MODULE_NAME_SIZE];
	int error;

	*source = (struct module_source){0};
	if (only_path || strchr(name_or_path, '/'))
		return read_path(name_or_path, source, report);
	if (strlen(name_or_path) > MODULE_NAME_MAX)
		return report_reason(report, -EINVAL, "the name is longer than %d characters",
				     MODULE_NAME_MAX);
	if (module_name_canonical(name_or_path, strlen(name_or_path), name))
		return report_reason(report, -ENOENT, "no such module");
	format_text(path, sizeof(path), MODULE_FOLDER "%s.ko", name);
	error = read_path(path, source, report);
	if (error != -ENOENT && error != -ENOSYS)
		return error;
	source->bytes = boot_file(name, &source->size);
	if (source->bytes)
		return 0;
	return report_reason(report, -ENOENT, "no file %s%s", path,
			     error == -ENOSYS ? ": " NO_SOURCE : "");
}

void module_source_close(struct module_source *source)
{
	heap_free(source->copy);
	*source = (struct module_source){0};
}

/* Lines "SYMBOL MODULE". */
int source_exporter(const char *symbol, char name[MODULE_NAME_SIZE])
{
	size_t length = strlen(symbol);
	void *text;
	size_t size;
	bool found = false;

	if (source_load(INDEX_PATH, INDEX_LIMIT, THIS_MODULE, &text, &size))
		return -ENOENT;
	for (const char *line = text, *end = line + size, *next; line < end && !found;
	     line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (!next)
			next = end;
		found = (size_t)(next - line) > length && line[length] == ' ' &&
			memcmp(line, symbol, length) == 0 &&
			!module_name_canonical(line + length + 1,
					       (size_t)(next - line) - length - 1, name);
	}
	heap_free(text);
	return found ? 0 : -ENOENT;
}
