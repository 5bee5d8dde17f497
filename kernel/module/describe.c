/*
 * What lsmod shows. Rows are copied one at a time; the long form is gathered in a report
 * while the module cannot go, and printed by the caller, so that a slow reader holds nothing.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include <kernel/boot.h>

#include <mm/page_table.h>

#include "stage_internal.h"

int module_describe(uint64_t *cursor, struct module_line *row)
{
	const struct loaded_module *module;

	touch(cursor, sizeof(*cursor));
	touch(row, sizeof(*row));
	mutex_lock(&module_mutex);
	module = table_after(*cursor ? row->name : NULL, *cursor);
	if (module) {
		*cursor = module->serial;
		memcpy(row->name, module->name, sizeof(row->name));
		row->size = 0;
		for (unsigned i = ELF_TEXT; i <= ELF_DATA; i++)
			row->size += module->layout.segment[i].size;
		row->references = (uint64_t)max(owner_references_now(module->owner), (int64_t)0);
		row->state = loaded_state(module);
		owner_dependants(module->owner, row->used_by, sizeof(row->used_by));
	}
	mutex_unlock(&module_mutex);
	return module ? 0 : -ENOENT;
}
EXPORT_SYMBOL(module_describe);

bool module_needs(const char *name, const char *needed)
{
	const struct loaded_module *from, *on;
	bool needs;

	mutex_lock(&module_mutex);
	from = table_find(name);
	on = table_find(needed);
	needs = from && on && owner_depends_on(from->owner, on->owner);
	mutex_unlock(&module_mutex);
	return needs;
}
EXPORT_SYMBOL(module_needs);

/* At most @size - 1 characters of a text that may lie anywhere. */
static void copy_text(const char *text, size_t limit, char *buffer, size_t size)
{
	char raw[48];
	size_t length = 0;

	while (length < min(limit, sizeof(raw)) && page_readable(text + length, 1) &&
	       text[length]) {
		raw[length] = text[length];
		length++;
	}
	escape_text(buffer, size, raw, length);
}

static void value_text(const struct module_param *param, const void *at, char *buffer, size_t size)
{
	unsigned unused = 64 - 8 * min(param->size, 8u);
	uint64_t bits = 0;

	memcpy(&bits, at, min(param->size, 8u));
	switch (param->type) {
	case MODULE_PARAM_charp:
		copy_text(*(const char *const *)at, SIZE_MAX, buffer, size);
		break;
	case MODULE_PARAM_string:
		copy_text(at, param->size, buffer, size);
		break;
	case MODULE_PARAM_bool:
	case MODULE_PARAM_invbool:
		strlcpy(buffer, bits != (param->type == MODULE_PARAM_invbool) ? "y" : "n", size);
		break;
	case MODULE_PARAM_short:
	case MODULE_PARAM_int:
	case MODULE_PARAM_long:
		format_text(buffer, size, "%ld", (int64_t)(bits << unused) >> unused);
		break;
	default:
		format_text(buffer, size, "%lu", bits);
	}
}

static void add_parameter(struct module_report *report, const struct module_param *param)
{
	const char *at = param->value;
	uint32_t shown = min(param->capacity, 8u);
	char text[256];
	size_t used = 0;

	for (uint32_t i = 0; i < shown && page_readable(at, param->size); i++, at += param->size) {
		text[used++] = ',';
		value_text(param, at, text + used, 30);
		used += strlen(text + used);
	}
	text[used] = '\0';
	report_line(report, "parameter: %pE=%s%s (%s)", param->name, used ? text + 1 : "",
		    shown < param->capacity ? ",..." : "", parameter_type_name(param->type));
}

static void add_section(struct module_report *report, const char *name, uint64_t size,
			uint64_t address)
{
	char at[32] = "";

	if (addresses_enabled)
		format_text(at, sizeof(at), " at 0x%lx", address);
	if (size > 0)
		report_line(report, "section: %s %lu bytes%s", name, size, at);
}

static void add_costs(struct module_report *report, const struct load_costs *costs)
{
	char text[256];
	size_t used = 0;

	for (unsigned i = 0; i < LOAD_STAGES; i++)
		used += (size_t)format_text(text + used, sizeof(text) - used, " %s %u",
					    load_stages[i].name, costs->stage[i]);
	report_line(report, "load ns:%s", text);
	report_line(report, "load counts: relocations %u symbols %u pages %u relocate_ns %u",
		    costs->relocations, costs->symbols, costs->pages, costs->relocate);
}

static void add_module(struct module_report *report, const struct loaded_module *module)
{
	static const char *const names[] = {"text", "rodata", "data"};
	const struct elf_segment *segment = module->layout.segment;
	bool unsafe = module->owner->flags & OWNER_UNSAFE;
	bool none = module->tables.exit && !unsafe && module->flags == 0;

	report_line(report, "flags:%s%s%s%s%s", unsafe ? " unsafe" : "",
		    module->flags & LOADED_FORCED ? " forced" : "",
		    module->flags & LOADED_INIT_FAILED ? " init-failed" : "",
		    module->tables.exit ? "" : " permanent", none ? " -" : "");
	owner_report_registrations(module->owner, "registered: ", report);
	report->indent = "held: ";
	if (!owner_holders(module->owner, report))
		report_line(report, "by nobody");
	report->indent = "";
	for (uint32_t i = 0; i < module->tables.param_count; i++)
		add_parameter(report, &module->tables.params[i]);
	for (unsigned i = ELF_TEXT; i <= ELF_DATA; i++)
		add_section(report, names[i], segment[i].size,
			    module->core.address + segment[i].offset);
	add_section(report, "percpu", module->percpu_size, module->percpu_offset);
	if (module->exports)
		report_line(report, "exports: %u", module->export_count);
	add_costs(report, &module->costs);
}

void module_describe_verbose(const char *name, struct module_report *report, size_t room)
{
	struct loaded_module *module;

	report_clear(report);
	report->size = (uint32_t)room;
	touch(report->text, room);
	touch(name, strlen(name));
	mutex_lock(&module_mutex);
	module = table_find(name);
	if (module && !module->load) /* else it is its loader's, which may be at it */
		add_module(report, module);
	mutex_unlock(&module_mutex);
}
EXPORT_SYMBOL(module_describe_verbose);
