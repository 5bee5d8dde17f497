/*
 * lsmod: the rows, and with -v below each what its module has registered, by what it is held, its
 * parameters and sections. A row is a copy; a module may have gone before its lines are asked for,
 * and then there are none.
 */
#include <string.h>

#include <lib/module_file.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module_control.h>
#include <kernel/stream.h>

#include "commands.h"

struct listing {
	struct module_line row;
	struct module_parameter parameter;
	char room[16384] __aligned(8); /* for the report of what is to be said of a row */
};
_Static_assert(sizeof(struct listing) <= RESERVE_SIZE, "it is to be there without memory, too");

static void print_report(struct command_call *call, struct listing *listing)
{
	struct module_report *report = (struct module_report *)listing->room;
	const char *line = report->text;

	module_describe_verbose(listing->row.name, report,
				sizeof(listing->room) - offsetof(struct module_report, text));
	for (uint32_t i = 0; i < report->lines; i++, line += strlen(line) + 1)
		command_print(call, "  %s\n", line);
	if (report->cut)
		command_print(call, "  and %u more\n", report->cut);
}

static void print_parameters(struct command_call *call, struct listing *listing)
{
	struct module_parameter *parameter = &listing->parameter;

	for (unsigned i = 0; module_parameter_describe(listing->row.name, i, parameter) == 0; i++) {
		command_print(call, "  parameter: ");
		stream_print_escaped(call->out, parameter->name, strlen(parameter->name));
		command_print(call, "=%s (%s)\n", parameter->value, parameter->type);
	}
}

static void print_sections(struct command_call *call, const struct module_line *row)
{
	static const char *const names[ARRAY_SIZE(row->sections)] = {"text", "rodata", "data",
								     "percpu"};

	for (unsigned i = 0; i < ARRAY_SIZE(row->sections); i++) {
		const struct module_section *section = &row->sections[i];

		if (section->size == 0)
			continue;
		command_print(call, "  section: %s %llu bytes", names[i],
			      (unsigned long long)section->size);
		if (addresses_enabled)
			command_print(call, " at 0x%llx", (unsigned long long)section->address);
		command_print(call, "\n");
	}
}

static void print_costs(struct command_call *call, const struct load_costs *costs)
{
	command_print(call, "  load ns:");
	for (unsigned i = 0; i < LOAD_STAGES; i++)
		command_print(call, " %s %u", load_stage_names[i], costs->stage[i]);
	command_print(call, "\n  load counts: relocations %u symbols %u pages %u relocate_ns %u\n",
		      costs->relocations, costs->symbols, costs->pages, costs->relocate);
}

static void print_verbose(struct command_call *call, struct listing *listing)
{
	print_report(call, listing);
	print_parameters(call, listing);
	print_sections(call, &listing->row);
	print_costs(call, &listing->row.costs);
}

static void print_heading(struct command_call *call)
{
	command_print(call, "%-24s %10s %6s %-10s %s\n", "Module", "Size", "Refs", "State",
		      "Used by");
}

static void print_row(struct command_call *call, struct listing *listing, bool verbose)
{
	const struct module_line *row = &listing->row;

	command_print(call, "%-24s %10llu %6lld %-10s %s\n", row->name,
		      (unsigned long long)row->size, (long long)row->references,
		      module_state_name(row->state), row->used_by[0] ? row->used_by : "-");
	if (verbose)
		print_verbose(call, listing);
}

static void print_rows(struct command_call *call, struct listing *listing, bool verbose)
{
	uint64_t cursor = 0;

	print_heading(call);
	while (module_describe(&cursor, &listing->row) == 0)
		print_row(call, listing, verbose);
}

int row_of(const char *word, struct module_line *row)
{
	uint64_t cursor = MODULE_NAMED;

	if (strlen(word) >= sizeof(row->name))
		return -ENOENT;
	canonical_name(word, row->name, sizeof(row->name));
	return module_describe(&cursor, row);
}

/* -ENOENT: there is no such module, which has been said. */
static int print_named(struct command_call *call, struct listing *listing, const char *word)
{
	if (row_of(word, &listing->row))
		return command_fail(call, word, -ENOENT, "is not loaded");
	print_heading(call);
	print_row(call, listing, true);
	return 0;
}

int lsmod_run(struct command_call *call)
{
	bool verbose = call->argc > 1 && strcmp(call->argv[1], "-v") == 0;
	struct listing *listing;
	char taint[128];
	int error = 0;

	if (call->argc > 3 || (call->argc > 1 && !verbose))
		return command_usage(call, module_commands);
	listing = reserve_alloc(sizeof(*listing));
	if (!listing)
		return no_memory(call, call->argv[0]);
	if (call->argc == 3)
		error = print_named(call, listing, call->argv[2]);
	else
		print_rows(call, listing, verbose);
	reserve_free(listing);
	if (verbose && !error) {
		module_taint_text(taint, sizeof(taint));
		command_print(call, "tainted: %s\n", taint);
	}
	return error;
}
