/*
 * What lsmod shows. Rows are copied one at a time; the long form is gathered in a report
 * while the module cannot go, and printed by the caller, so that a slow reader holds nothing.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include <mm/page_table.h>

#include "stage_internal.h"

#define CUT "..." /* ends a list that is longer */

static void describe_sections(struct module_line *row, const struct loaded_module *module)
{
	row->size = 0;
	for (unsigned i = ELF_TEXT; i <= ELF_DATA; i++) {
		const struct elf_segment *segment = &module->layout.segment[i];

		row->size += segment->size;
		row->sections[i] =
		    (struct module_section){segment->size, module->core.address + segment->offset};
	}
	row->sections[ELF_DATA + 1] =
	    (struct module_section){module->percpu_size, module->percpu_offset};
}

int module_describe(uint64_t *cursor, struct module_line *row)
{
	const struct loaded_module *module;

	touch_to_write(cursor, sizeof(*cursor));
	touch_to_write(row, sizeof(*row));
	mutex_lock(&module_mutex);
	if (*cursor == MODULE_NAMED)
		module = table_find(row->name);
	else
		module = table_after(*cursor ? row->name : NULL, *cursor);
	if (module) {
		*cursor = module->serial;
		memcpy(row->name, module->name, sizeof(row->name));
		describe_sections(row, module);
		row->references = (uint64_t)max(owner_references_now(module->owner), (int64_t)0);
		row->state = loaded_state(module);
		row->costs = module->costs;
		owner_dependants(module->owner, row->used_by, sizeof(row->used_by));
	}
	mutex_unlock(&module_mutex);
	return module ? 0 : -ENOENT;
}

bool module_needs(const char *name, const char *needed)
{
	const struct loaded_module *from, *on;
	bool needs;

	touch_texts((const char *[]){name, needed}, 2);
	mutex_lock(&module_mutex);
	from = table_find(name);
	on = table_find(needed);
	needs = from && on && owner_depends_on(from->owner, on->owner);
	mutex_unlock(&module_mutex);
	return needs;
}

/* At most @size - 1 characters of a text that may lie anywhere. */
static void copy_text(const char *text, size_t limit, char *buffer, size_t size)
{
	char raw[256];
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
	uint32_t type = param->type;
	unsigned unused = 64 - 8 * min(param->size, 8u);
	uint64_t bits = 0;

	memcpy(&bits, at, min(param->size, 8u));
	if (type == MODULE_PARAM_charp)
		copy_text(*(const char *const *)at, SIZE_MAX, buffer, size);
	else if (type == MODULE_PARAM_string)
		copy_text(at, param->size, buffer, size);
	else if (type == MODULE_PARAM_bool || type == MODULE_PARAM_invbool)
		strlcpy(buffer, bits != (type == MODULE_PARAM_invbool) ? "y" : "n", size);
	else if (type == MODULE_PARAM_short || type == MODULE_PARAM_int ||
		 type == MODULE_PARAM_long)
		format_text(buffer, size, "%ld", (int64_t)(bits << unused) >> unused);
	else
		format_text(buffer, size, "%lu", bits);
}

static void describe_parameter(struct module_parameter *row, const struct module_param *param)
{
	const char *at = param->value;
	size_t all = sizeof(row->value) - sizeof(CUT), used = 0;
	size_t room = all / min(param->capacity, 16u);

	*row = (struct module_parameter){.type = parameter_type_name(param->type),
					 .mode = param->mode};
	strlcpy(row->name, param->name, sizeof(row->name));
	for (uint32_t i = 0; i < param->capacity && page_readable(at, param->size); i++) {
		if (used + room > all) {
			strlcpy(row->value + used, CUT, sizeof(CUT));
			return;
		}
		value_text(param, at, row->value + used, room - 1);
		used += strlen(row->value + used);
		at += param->size;
		row->value[used++] = ',';
	}
	row->value[used ? used - 1 : 0] = '\0';
}

int module_parameter_describe(const char *name, unsigned index, struct module_parameter *row)
{
	const struct loaded_module *module;
	int error = -ENOENT;

	touch_texts(&name, 1);
	touch_to_write(row, sizeof(*row));
	mutex_lock(&module_mutex);
	module = table_find(name);
	if (module && !module->load && index < module->tables.param_count) {
		describe_parameter(row, &module->tables.params[index]);
		error = 0;
	}
	mutex_unlock(&module_mutex);
	return error;
}

static void add_module(struct module_report *report, const struct loaded_module *module)
{
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
	if (module->exports)
		report_line(report, "exports: %u", module->export_count);
}

void module_describe_verbose(const char *name, struct module_report *report, size_t room)
{
	struct loaded_module *module;

	report_clear(report);
	report->size = (uint32_t)room;
	touch_to_write(report->text, room);
	touch(name, strlen(name));
	mutex_lock(&module_mutex);
	module = table_find(name);
	if (module && !module->load) /* else it is its loader's, which may be at it */
		add_module(report, module);
	mutex_unlock(&module_mutex);
}
