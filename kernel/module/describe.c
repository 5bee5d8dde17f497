/*
 * What lsmod shows. Rows are copied one at a time under the table's lock; the long form is gathered
 * in a buffer while the module's memory is kept from going, and printed after that, so that a slow
 * reader holds nothing.
 */
#include <stdarg.h>
#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/heap.h>

#include <mm/page_table.h>

#include "load_internal.h"

#define GATHER_SIZE 16384u

static uint64_t size_of(const struct loaded_module *module)
{
	const struct elf_segment *segment = module->layout.segment;

	return segment[ELF_TEXT].size + segment[ELF_RODATA].size + segment[ELF_DATA].size;
}

int module_describe(uint64_t *cursor, struct module_row *row)
{
	const struct loaded_module *module;

	table_lock();
	module = table_before_locked(*cursor ? *cursor : UINT64_MAX);
	if (module) {
		*cursor = module->serial;
		memcpy(row->name, module->name, sizeof(row->name));
		row->size = size_of(module);
		row->references = owner_references_about(module->owner);
		row->state = loaded_state(module);
		owner_dependants(module->owner, row->used_by, sizeof(row->used_by));
	}
	table_unlock();
	return module ? 0 : -ENOENT;
}
EXPORT_SYMBOL(module_describe);

/* Lines of text, each ended by NUL. */
struct gather {
	size_t used;
	bool cut;
	char text[GATHER_SIZE];
};

static void add(struct gather *gather, const char *format, ...) __printf(2, 3);
static void add(struct gather *gather, const char *format, ...)
{
	size_t room = GATHER_SIZE - gather->used;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = format_text_v(gather->text + gather->used, room, format, arguments);
	va_end(arguments);
	if ((size_t)length >= room)
		gather->cut = true;
	else
		gather->used += (size_t)length + 1;
}

static void add_flags(struct gather *gather, const struct loaded_module *module)
{
	bool none = module->exit && module->flags == 0;

	add(gather, "flags:%s%s%s%s%s", module->flags & LOADED_UNSAFE ? " unsafe" : "",
	    module->flags & LOADED_FORCED ? " forced" : "",
	    module->flags & LOADED_INIT_FAILED ? " init-failed" : "",
	    module->exit ? "" : " permanent", none ? " -" : "");
}

static void add_holders(struct gather *gather, const struct loaded_module *module,
			struct holder_report *holders)
{
	unsigned count = owner_holders(module->owner, true, holders);

	for (unsigned i = 0; i < min(holders->lines, (unsigned)HOLDER_LINES); i++)
		add(gather, "held: %s", holders->text[i]);
	if (holders->lines > HOLDER_LINES)
		add(gather, "held: and %u more", holders->lines - HOLDER_LINES);
	if (count == 0)
		add(gather, "held: by nobody");
}

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
	switch (param->type) {
	case MODULE_PARAM_byte:
		format_text(buffer, size, "%u", *(const uint8_t *)at);
		break;
	case MODULE_PARAM_short:
		format_text(buffer, size, "%d", *(const int16_t *)at);
		break;
	case MODULE_PARAM_ushort:
		format_text(buffer, size, "%u", *(const uint16_t *)at);
		break;
	case MODULE_PARAM_int:
		format_text(buffer, size, "%d", *(const int32_t *)at);
		break;
	case MODULE_PARAM_uint:
		format_text(buffer, size, "%u", *(const uint32_t *)at);
		break;
	case MODULE_PARAM_long:
		format_text(buffer, size, "%ld", *(const long *)at);
		break;
	case MODULE_PARAM_ulong:
		format_text(buffer, size, "%lu", *(const unsigned long *)at);
		break;
	case MODULE_PARAM_bool:
	case MODULE_PARAM_invbool:
		format_text(buffer, size, "%c",
			    *(const bool *)at != (param->type == MODULE_PARAM_invbool) ? 'y' : 'n');
		break;
	case MODULE_PARAM_charp:
		copy_text(*(const char *const *)at, SIZE_MAX, buffer, size);
		break;
	default:
		copy_text(at, param->size, buffer, size);
	}
}

static void add_parameter(struct gather *gather, const struct module_param *param)
{
	const char *at = param->value;
	uint32_t shown = min(param->capacity, 8u);
	char text[256], name[FOREIGN_SIZE];
	size_t used = 0;

	for (uint32_t i = 0; i < shown && page_readable(at, param->size); i++, at += param->size) {
		text[used++] = ',';
		value_text(param, at, text + used, 30);
		used += strlen(text + used);
	}
	text[used] = '\0';
	add(gather, "parameter: %s=%s%s (%s)", foreign(param->name, name), used ? text + 1 : "",
	    shown < param->capacity ? ",..." : "", parameter_type_name(param->type));
}

static void add_section(struct gather *gather, const char *name, uint64_t size, uint64_t address)
{
	if (size == 0)
		return;
	if (addresses_enabled)
		add(gather, "section: %s %llu bytes at 0x%llx", name, (unsigned long long)size,
		    (unsigned long long)address);
	else
		add(gather, "section: %s %llu bytes", name, (unsigned long long)size);
}

static void add_sections(struct gather *gather, const struct loaded_module *module)
{
	static const char *const names[] = {"text", "rodata", "data"};
	const struct elf_segment *segment = module->layout.segment;

	for (unsigned i = ELF_TEXT; i <= ELF_DATA; i++)
		add_section(gather, names[i], segment[i].size,
			    module->core.address + segment[i].offset);
	add_section(gather, "percpu", module->percpu_size, module->percpu_offset);
}

static void add_costs(struct gather *gather, const struct load_costs *costs)
{
	char text[256];
	size_t used = 0;

	for (unsigned i = 0; i < LOAD_STAGES; i++)
		used += (size_t)format_text(text + used, sizeof(text) - used, " %s %u",
					    load_stage_name(i), costs->stage[i]);
	add(gather, "load ns:%s", text);
	add(gather, "load counts: relocations %u symbols %u pages %u relocate_ns %u",
	    costs->relocations, costs->symbols, costs->pages, costs->relocate);
}

static void gather_module(struct gather *gather, struct loaded_module *module,
			  struct holder_report *holders)
{
	uint64_t after = 0;
	char line[160];

	add_flags(gather, module);
	while (owner_describe_registration(module->owner, &after, line, sizeof(line)))
		add(gather, "registered: %s", line);
	add_holders(gather, module, holders);
	if (module->core.address && !module->core.physical && module->params)
		for (uint32_t i = 0; i < module->param_count; i++)
			add_parameter(gather, &module->params[i]);
	add_sections(gather, module);
	if (module->exports)
		add(gather, "exports: %u", export_set_count(module->exports));
	add_costs(gather, &module->costs);
	if (gather->cut)
		gather->text[gather->used] = '\0';
}

/* Found by name and kept from going: memory_mutex held. A row being loaded is its loader's. */
static struct loaded_module *find_quiet(const char *name)
{
	struct loaded_module *module;

	table_lock();
	module = table_find_locked(name);
	if (module && module->load)
		module = NULL;
	table_unlock();
	return module;
}

int module_describe_verbose(const char *name, void (*print)(void *context, const char *line),
			    void *context)
{
	struct gather *gather = heap_alloc(sizeof(*gather));
	struct holder_report *holders = heap_alloc(sizeof(*holders));
	struct loaded_module *module = NULL;

	if (gather && holders) {
		gather->used = 0;
		gather->cut = false;
		mutex_lock(&memory_mutex);
		module = find_quiet(name);
		if (module)
			gather_module(gather, module, holders);
		mutex_unlock(&memory_mutex);
		for (size_t at = 0; at < gather->used; at += strlen(gather->text + at) + 1)
			print(context, gather->text + at); /* bare: the caller's own function */
		if (gather->cut)
			print(context, "and more"); /* bare: the caller's own function */
	}
	heap_free(holders);
	heap_free(gather);
	return module ? 0 : -ENOENT;
}
EXPORT_SYMBOL(module_describe_verbose);
