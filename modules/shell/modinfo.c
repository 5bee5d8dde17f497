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

struct information {
	struct module_source source;
	struct module_file file;
	const char *wanted; /* only the values of this field; NULL: all */
	char end;	    /* of a value */
};

static bool is_wanted(const struct information *information, const char *field)
{
	return !information->wanted || strcmp(information->wanted, field) == 0;
}

static void print_tag(struct command_call *call, const struct information *information,
		      const char *field)
{
	int blanks = (int)(strlen(field) < 15 ? 15 - strlen(field) : 1);

	if (!information->wanted)
		command_print(call, "%s:%*s", field, blanks, "");
}

static void print_field(struct command_call *call, const struct information *information,
			const char *field, const char *value)
{
	if (!is_wanted(information, field))
		return;
	print_tag(call, information, field);
	stream_print_escaped(call->out, value, strlen(value));
	stream_write(call->out, &information->end, 1);
}

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
static void print_parameter(struct command_call *call, const struct information *information,
			    struct elf_text tag, const char *line)
{
	const struct module_file *file = &information->file;
	const char *type = is_field(tag, "parm") ? said_of(file, "parmtype", line) : NULL;

	if (!is_wanted(information, "parm") ||
	    (is_field(tag, "parmtype") && said_of(file, "parm", line)))
		return; /* stands in the other's line */
	print_tag(call, information, "parm");
	stream_print_escaped(call->out, line, strlen(line));
	if (type) {
		command_print(call, " (");
		stream_print_escaped(call->out, type, strlen(type));
		command_print(call, ")");
	}
	stream_write(call->out, &information->end, 1);
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
	print_field(call, information, "filename", strchr(given, '/') ? given : path);
	while (module_file_info_next(&information->file, &cursor, &tag, &value)) {
		if (is_field(tag, "parm") || is_field(tag, "parmtype")) {
			print_parameter(call, information, tag, value);
			continue;
		}
		escape_text(field, sizeof(field), tag.at, tag.length);
		print_field(call, information, field, value);
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

/* The field that an option chooses; NULL: it is another option. */
static const char *chosen_field(const char *word)
{
	static const char *const options[][3] = {
	    {"-a", "--author", "author"},     {"-d", "--description", "description"},
	    {"-l", "--license", "license"},   {"-p", "--parameters", "parm"},
	    {"-n", "--filename", "filename"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (strcmp(word, options[i][0]) == 0 || strcmp(word, options[i][1]) == 0)
			return options[i][2];
	return NULL;
}

/* The index of the first name, or a negative errno, told. */
static int parse_options(struct command_call *call, struct information *information)
{
	int i = 1;

	for (; i < call->argc && call->argv[i][0] == '-'; i++) {
		const char *word = call->argv[i], *field = chosen_field(word);

		if (field)
			information->wanted = field;
		else if (strcmp(word, "-0") == 0 || strcmp(word, "--null") == 0)
			information->end = '\0';
		else if ((strcmp(word, "-F") == 0 || strcmp(word, "--field") == 0) &&
			 i + 1 < call->argc)
			information->wanted = call->argv[++i];
		else
			return kmod_refuse(call, word);
	}
	return i < call->argc ? i : command_usage(call, module_commands);
}

int modinfo_run(struct command_call *call)
{
	struct information *information = heap_alloc_zeroed(sizeof(*information));
	int error = 0, first;

	if (!information)
		return no_memory(call, call->argv[0]);
	information->end = '\n';
	first = parse_options(call, information);
	if (first > 0)
		cut_endings(call, first, call->argc);
	else
		error = first;
	for (int i = first; i < call->argc && !error; i++)
		error = show_information(call, call->argv[i], information);
	heap_free(information);
	return error;
}
