/*
 * The descriptor's tables after relocation. The rule: a pointer that a module hands to the kernel
 * here lies in the module that hands it, in a part that has the right protection and lives long
 * enough, or the module is refused.
 */
#include <lib/module_file.h>

#include <lib/compiler.h>
#include <lib/parameter.h>

#include "module_internal.h"

#define STAYS (ELF_IN(ELF_TEXT) | ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA) | ELF_IN(ELF_PERCPU))
#define STRINGS (ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA))

struct check {
	const struct module_file *file;
	const struct elf_place *places;
	const struct elf_memory *memory;
	struct elf_diag *diag;
};

static bool lies_in(const struct check *check, uint64_t address, uint64_t length, unsigned segments)
{
	return elf_memory_at(&check->file->layout, check->memory, address, length, segments) !=
	       NULL;
}

/* A name in the module's data that is not empty, or NULL. */
static const char *name_at(const struct check *check, const char *address)
{
	const char *name = elf_memory_string(&check->file->layout, check->memory,
					     (uint64_t)(uintptr_t)address, STRINGS);

	return name == NULL || *name == '\0' ? NULL : name;
}

/* Where a section's bytes are now; *@size of them. */
static const void *table_at(const struct check *check, uint32_t index, uint64_t *size)
{
	const struct elf_place *place = &check->places[index];
	struct elf_section section;

	elf_section_at(&check->file->image, index, &section);
	*size = section.sh_size;
	return check->memory->segment[place->segment].now + place->offset;
}

static int check_entry_points(const struct check *check, struct module_tables *tables)
{
	struct elf_diag filled = {.reason = MODULE_POINTER};
	struct module_descriptor descriptor;
	uint64_t size;

	memcpy(&descriptor, table_at(check, check->file->descriptor_section, &size),
	       sizeof(descriptor));
	tables->init = (uint64_t)(uintptr_t)descriptor.init;
	tables->exit = (uint64_t)(uintptr_t)descriptor.exit;
	if (tables->init != 0 &&
	    !lies_in(check, tables->init, 1, ELF_IN(ELF_TEXT) | ELF_IN(ELF_INIT_TEXT))) {
		filled.field = module_text("init");
		filled.text = module_text("code");
	} else if (tables->exit != 0 && !lies_in(check, tables->exit, 1, ELF_IN(ELF_TEXT))) {
		filled.field = module_text("exit");
		filled.text = module_text("code that stays after init");
	} else {
		return 0;
	}
	return module_refuse(check->file, check->file->descriptor_section, check->diag, filled);
}

static int check_export(const struct check *check, uint32_t index,
			const struct module_export *export)
{
	struct elf_diag filled = {.index = index};
	const char *name = name_at(check, export->name);

	if (name == NULL) {
		filled.reason = MODULE_EXPORT_NAME;
	} else if (!lies_in(check, (uint64_t)(uintptr_t) export->value, 1, STAYS)) {
		filled.reason = MODULE_EXPORT_VALUE;
		filled.name = module_text(name);
	} else {
		return 0;
	}
	return module_refuse(check->file, check->file->exports_section, check->diag, filled);
}

static int check_exports(const struct check *check, struct module_tables *tables)
{
	uint64_t size;
	int err = 0;

	if (check->file->exports_section == 0)
		return 0;
	tables->exports = table_at(check, check->file->exports_section, &size);
	tables->export_count = (uint32_t)(size / sizeof(struct module_export));
	for (uint32_t i = 0; i < tables->export_count && err == 0; i++)
		err = check_export(check, i, &tables->exports[i]);
	return err;
}

/* The variable is as large as its type says; a string's buffer is as large as it is. */
static bool has_right_size(const struct module_param *param)
{
	if (param->type == MODULE_PARAM_string)
		return param->size > 0 && param->capacity == 1;
	return param->size == parameter_type_size(param->type) && param->capacity > 0;
}

static int check_param(const struct check *check, uint32_t index, const struct module_param *param)
{
	struct elf_diag filled = {.index = index};
	const char *name = name_at(check, param->name);
	unsigned data = ELF_IN(ELF_DATA);

	if (name != NULL)
		filled.name = module_text(name);
	if (name == NULL) {
		filled.reason = MODULE_PARAM_NAME;
	} else if (param->type >= MODULE_PARAM_TYPES) {
		filled.reason = MODULE_PARAM_TYPE;
		filled.value = param->type;
		filled.limit = MODULE_PARAM_TYPES;
	} else if (!has_right_size(param)) {
		filled.reason = MODULE_PARAM_SIZE;
		filled.value = param->size;
		filled.limit = parameter_type_size(param->type);
		filled.field = module_text(parameter_type_name(param->type));
	} else if (!lies_in(check, (uint64_t)(uintptr_t)param->value,
			    (uint64_t)param->size * param->capacity, data) ||
		   (param->count != NULL &&
		    !lies_in(check, (uint64_t)(uintptr_t)param->count, sizeof(uint32_t), data))) {
		filled.reason = MODULE_PARAM_STORAGE;
	} else {
		return 0;
	}
	return module_refuse(check->file, check->file->params_section, check->diag, filled);
}

static int check_params(const struct check *check, struct module_tables *tables)
{
	uint64_t size;
	int err = 0;

	if (check->file->params_section == 0)
		return 0;
	tables->params = table_at(check, check->file->params_section, &size);
	tables->param_count = (uint32_t)(size / sizeof(struct module_param));
	for (uint32_t i = 0; i < tables->param_count && err == 0; i++)
		err = check_param(check, i, &tables->params[i]);
	return err;
}

int module_tables_check(const struct module_file *file, const struct elf_place *places,
			const struct elf_memory *memory, struct module_tables *tables,
			struct elf_diag *diag)
{
	struct check check = {file, places, memory, diag};
	int err;

	*tables = (struct module_tables){};
	err = check_entry_points(&check, tables);
	if (err == 0)
		err = check_exports(&check, tables);
	if (err == 0)
		err = check_params(&check, tables);
	return err;
}
