/*
 * What a module's file says of itself, whether it is loaded or not.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/module_file.h>

#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/stream.h>

#include "commands.h"

static void print_field(struct command_call *call, const char *field, const char *value)
{
	command_print(call, "%s:%*s", field, (int)(strlen(field) < 15 ? 15 - strlen(field) : 1),
		      "");
	stream_print_escaped(call->out, value, strlen(value));
	command_print(call, "\n");
}

struct information {
	struct module_source source;
	struct module_file file;
};

static bool is_field(struct elf_text tag, const char *field)
{
	return tag.length == strlen(field) && memcmp(tag.at, field, tag.length) == 0;
}

/* What @field says of the parameter that @line begins with, both "NAME:TEXT"; NULL: nothing. */
static const char *said_of(const struct module_file *file, const char *field, const char *line)
{
	size_t length = strcspn(line, ":");
	struct elf_text tag;
	const char *value;
	uint64_t cursor = 0;

	while (module_file_info_next(file, &cursor, &tag, &value))
		if (is_field(tag, field) && strcspn(value, ":") == length &&
		    memcmp(value, line, length) == 0 && value[length] == ':')
			return value + length + 1;
	return NULL;
}

/* As kmod: one line a parameter, with its type behind what is said of it, if anything is. */
static void print_parameter(struct command_call *call, const struct module_file *file,
			    struct elf_text tag, const char *line)
{
	const char *type = is_field(tag, "parm") ? said_of(file, "parmtype", line) : NULL;

	if (is_field(tag, "parmtype") && said_of(file, "parm", line))
		return; /* stands in the other's line */
	command_print(call, "%-16s", "parm:");
	stream_print_escaped(call->out, line, strlen(line));
	if (type) {
		command_print(call, " (");
		stream_print_escaped(call->out, type, strlen(type));
		command_print(call, ")");
	}
	command_print(call, "\n");
}

static void print_information(struct command_call *call, const char *given,
			      struct information *information)
{
	char field[64], path[96];
	struct elf_text tag;
	const char *value;
	uint64_t cursor = 0;

	snprintf(path, sizeof(path), "%s%s.ko",
		 information->source.copy ? "/modules/" : "boot set: ", information->file.name);
	print_field(call, "filename", strchr(given, '/') ? given : path);
	while (module_file_info_next(&information->file, &cursor, &tag, &value)) {
		if (is_field(tag, "parm") || is_field(tag, "parmtype")) {
			print_parameter(call, &information->file, tag, value);
			continue;
		}
		escape_text(field, sizeof(field), tag.at, tag.length);
		print_field(call, field, value);
	}
}

/* The file is held to the loader's rules first, so that nothing here reads past its end. */
static int show_information(struct command_call *call, const char *given,
			    struct information *information)
{
	struct module_report *report = heap_alloc(sizeof(*report));
	struct elf_limits limits = ELF_LIMITS_DEFAULT;
	int error;

	if (!report)
		return command_fail(call, given, -ENOMEM, "no memory for a report");
	report_clear(report);
	error = module_source_open(given, false, &information->source, report);
	if (!error)
		error = module_file_validate(information->source.bytes, information->source.size,
					     &limits, &information->file, report);
	if (error)
		module_fail(call, given, error, report);
	else
		print_information(call, given, information);
	module_source_close(&information->source);
	heap_free(report);
	return error;
}

int modinfo_run(struct command_call *call)
{
	struct information *information;
	int error = 0;

	if (call->argc < 2 || call->argv[1][0] == '-')
		return command_usage(call, module_commands);
	information = heap_alloc(sizeof(*information));
	if (!information)
		return command_fail(call, call->argv[1], -ENOMEM, "no memory");
	for (int i = 1; i < call->argc && !error; i++)
		error = show_information(call, call->argv[i], information);
	heap_free(information);
	return error;
}
