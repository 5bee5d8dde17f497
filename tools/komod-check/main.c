/*
 * komod-check: holds a module's file to the kernel's own rules, on the host. It is made of the same
 * files of lib/ as the loader, so what it says is what the kernel would say; all that it cannot
 * know is which symbols will be there. What a load would not refuse and yet cannot be meant is a
 * warning on standard error: a symbol that a compiler option needs, registers that are not kept.
 * All text of the file is printed with control characters escaped.
 *
 *   komod-check FILE               checks; prints what the file says of itself, a line an item
 *   komod-check --undefined FILE   checks; prints the symbols it needs, one a line
 *   komod-check --index FILE...    checks; prints a line `SYMBOL MODULE` for each export
 *
 * Exit status: 0 good; 1 refused, with one sentence on standard output and a line for the compiler
 * option that is the reason, if one is; 2 wrong use.
 */
#include <stdio.h>
#include <string.h>

#include <lib/format.h>

#include "cure.h"
#include "scan.h"
#include "trial.h"

#define SHOWN_SIZE (ELF_NAME_LONGEST * ESCAPE_MAX + 1)

/* Foreign text as it is printed, until the next call. */
static const char *shown(const char *text)
{
	static char buffer[SHOWN_SIZE];

	escape_text(buffer, sizeof(buffer), text, strlen(text));
	return buffer;
}

/* A whole file, or NULL with a message. One byte more than the limit is read, to be refused. */
static void *read_file(const char *path, size_t *size)
{
	size_t capacity = ELF_LIMITS_DEFAULT.file + 1;
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(capacity);

	if (file == NULL || bytes == NULL) {
		fprintf(stderr, "komod-check: %s: cannot be opened\n", shown(path));
		free(bytes);
		bytes = NULL;
	} else {
		*size = fread(bytes, 1, capacity, file);
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

static void print_undefined(const struct trial *trial, const char *prefix)
{
	uint32_t cursor = 0;
	const char *name;
	bool weak;

	while (elf_next_undefined(&trial->file.image, &cursor, &name, &weak))
		printf("%s%s%s\n", prefix, shown(name), weak ? " weak" : "");
}

static void warn_of_options(const struct trial *trial, const char *path)
{
	uint32_t cursor = 0;
	const char *name;
	bool weak;

	while (elf_next_undefined(&trial->file.image, &cursor, &name, &weak)) {
		const char *cure = symbol_cure(name);

		if (cure == NULL || weak)
			continue;
		fprintf(stderr, "komod-check: %s: warning: undefined symbol ", shown(path));
		fprintf(stderr, "%s %s\n", shown(name), cure);
	}
}

static void print_index(const struct trial *trial)
{
	for (uint32_t i = 0; i < trial->tables.export_count; i++)
		printf("%s %s\n", shown(trial_string(trial, trial->tables.exports[i].name)),
		       trial->file.name);
}

static void print_depends(const struct trial *trial)
{
	uint64_t cursor = 0;
	const char *list;
	char name[MODULE_NAME_SIZE];

	while ((list = module_file_info(&trial->file, "depends", &cursor)) != NULL)
		while (module_depends_next(&list, name))
			printf("depends %s\n", name);
}

static void print_sizes(const struct trial *trial)
{
	static const char *const names[ELF_SEGMENTS] = {
	    [ELF_TEXT] = "text",	   [ELF_RODATA] = "rodata",	  [ELF_DATA] = "data",
	    [ELF_INIT_TEXT] = "init_text", [ELF_INIT_DATA] = "init_data", [ELF_PERCPU] = "percpu",
	};

	for (unsigned i = 0; i < ELF_SEGMENTS; i++)
		printf("size %s %llu\n", names[i],
		       (unsigned long long)trial->file.image.layout.segment[i].size);
	printf("relocations %llu\n", (unsigned long long)trial->file.image.relocations);
}

static void print_all(const struct trial *trial)
{
	printf("name %s\n", trial->file.name);
	print_depends(trial);
	for (uint32_t i = 0; i < trial->tables.export_count; i++) {
		const struct module_export *export = &trial->tables.exports[i];

		printf("export %s%s\n", shown(trial_string(trial, export->name)),
		       export->flags & MODULE_EXPORT_UNSAFE ? " unsafe" : "");
	}
	for (uint32_t i = 0; i < trial->tables.param_count; i++) {
		const struct module_param *param = &trial->tables.params[i];

		printf("parameter %s %s %u\n", shown(trial_string(trial, param->name)),
		       parameter_type_name(param->type), param->capacity);
	}
	print_undefined(trial, "undefined ");
	printf("init %s\nexit %s\n", trial->tables.init ? "yes" : "no",
	       trial->tables.exit ? "yes" : "no");
	print_sizes(trial);
}

static void print_refusal(const char *path, int err, const struct module_report *report)
{
	char cure[CURE_TEXT];

	printf("%s: %s (%s)\n", shown(path), report->lines ? report->text : "no memory",
	       errno_name(err));
	if (report->lines && reason_cure(report->text, cure, sizeof(cure)))
		printf("  %s\n", cure);
}

static void print_names(const struct trial *trial)
{
	print_undefined(trial, "");
}

/* The exit status for one file. */
static int check(const char *path, void (*print)(const struct trial *trial))
{
	struct trial trial;
	size_t size;
	void *bytes = read_file(path, &size);
	int err;

	if (bytes == NULL)
		return 2;
	err = trial_run(&trial, bytes, size, &ELF_LIMITS_DEFAULT);
	if (print == print_all && trial.places) /* else it may not be read that far */
		warn_of_options(&trial, path);
	if (err == 0 && print == print_all)
		scan_for_float(path, shown(path));
	if (err == 0)
		print(&trial);
	else
		print_refusal(path, err, &trial.report);
	trial_end(&trial);
	free(bytes);
	return err == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	void (*print)(const struct trial *trial) = print_all;
	int first = 1, status = 0;

	if (argc > 1 && strcmp(argv[1], "--undefined") == 0)
		print = print_names, first = 2;
	if (argc > 1 && strcmp(argv[1], "--index") == 0)
		print = print_index, first = 2;
	if (first >= argc || argv[first][0] == '-') {
		fprintf(stderr, "usage: komod-check [--undefined | --index] FILE...\n");
		return 2;
	}
	for (int i = first; i < argc; i++) {
		int this = check(argv[i], print);

		if (this > status)
			status = this;
	}
	return status;
}
