/*
 * The descriptor's tables after relocation. The rule: a pointer that a module hands to the kernel
 * here lies in the module that hands it, in a part that has the right protection and lives long
 * enough, or the module is refused.
 */
#include <lib/module_file.h>

#include <lib/errno.h>

#define STAYS (ELF_IN(ELF_TEXT) | ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA) | ELF_IN(ELF_PERCPU))
#define GOES (ELF_IN(ELF_INIT_TEXT) | ELF_IN(ELF_INIT_DATA))
#define STRINGS (ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA))

static bool lies_in(const struct module_file *file, const void *address, uint64_t length,
		    unsigned segments)
{
	return elf_memory_at(&file->image.layout, (uint64_t)(uintptr_t)address, length, segments) !=
	       NULL;
}

/* Takes a name in the module's data; false when it is none or empty. */
static bool take_name(const struct module_file *file, const char *address)
{
	const char *name =
	    elf_memory_string(&file->image.layout, (uint64_t)(uintptr_t)address, STRINGS);

	file->image.diag->name = elf_text_of(name == NULL ? "" : name);
	return file->image.diag->name.length != 0;
}

/* Where a section's bytes are now; *@count entries of @entry bytes. None: 0. */
static const void *table_at(const struct module_file *file, uint32_t index, size_t entry,
			    uint32_t *count)
{
	const struct elf_image *image = &file->image;
	const struct elf_place *place = &image->places[index];
	const struct elf_section *section;

	*count = 0;
	if (index == 0)
		return NULL;
	section = elf_section_at(image, index);
	*count = (uint32_t)(section->sh_size / entry);
	return image->layout.segment[place->segment].now + place->offset;
}

static bool check_entry_points(const struct module_file *file, struct module_tables *tables)
{
	const unsigned text = ELF_IN(ELF_TEXT), init_text = ELF_IN(ELF_INIT_TEXT);
	struct module_descriptor descriptor;
	uint32_t count;

	memcpy(&descriptor, table_at(file, file->descriptor_section, sizeof(descriptor), &count),
	       sizeof(descriptor));
	tables->init = (uint64_t)(uintptr_t)descriptor.init;
	tables->exit = (uint64_t)(uintptr_t)descriptor.exit;
	return elf_refuse_if(&file->image,
			     descriptor.init &&
				 !lies_in(file, descriptor.init, 1, text | init_text),
			     0, 0, "init does not lie in the module's code") ||
	       elf_refuse_if(&file->image,
			     descriptor.exit && !lies_in(file, descriptor.exit, 1, text), 0, 0,
			     "exit does not lie in the module's code that stays after init");
}

static bool check_export(const struct module_file *file, const struct module_export *export)
{
	const struct elf_image *image = &file->image;

	return elf_refuse_if(
		   image, !take_name(file, export->name), 0, ELF_NAME_LONGEST,
		   "export {index}: its name is not a string of 1 to {limit} bytes in the "
		   "module's data that stays") ||
	       elf_refuse_if(image, lies_in(file, export->value, 1, GOES), 0, 0,
			     "export {index} ({name}) does not lie in the part of the module that "
			     "stays; do not export what is __init") ||
	       elf_refuse_if(image, !lies_in(file, export->value, 1, STAYS), 0, 0,
			     "export {index} ({name}) does not lie in the module; export only what "
			     "the module itself defines");
}

/* The variable is as large as its type says; a string's buffer is as large as it is. */
static bool has_right_size(const struct module_param *param)
{
	if (param->type == MODULE_PARAM_string)
		return param->size > 0;
	return param->size == parameter_type_size(param->type);
}

static bool check_param(const struct module_file *file, const struct module_param *param)
{
	const struct elf_image *image = &file->image;
	const unsigned data = ELF_IN(ELF_DATA);
	uint64_t size = (uint64_t)param->size * param->capacity;

	image->diag->field = elf_text_of(parameter_type_name(param->type));
	return elf_refuse_if(image, !take_name(file, param->name), 0, ELF_NAME_LONGEST,
			     "parameter {index}: its name is not a string of 1 to {limit} bytes in "
			     "the module's data that stays") ||
	       elf_refuse_if(image, param->type >= MODULE_PARAM_TYPES, param->type,
			     MODULE_PARAM_TYPES,
			     "parameter {name}: there is no type {value}, types are below {limit}; "
			     "declare it with module_param") ||
	       elf_refuse_if(image, param->capacity == 0, 0, 0,
			     "parameter {name}: an array of 0 elements; give it at least 1") ||
	       elf_refuse_if(image, param->capacity > 1 && param->type == MODULE_PARAM_string,
			     param->capacity, 0,
			     "parameter {name}: an array of {value} buffers of type {field}; use "
			     "an array of charp") ||
	       elf_refuse_if(image, !has_right_size(param), param->size,
			     parameter_type_size(param->type),
			     "parameter {name}: the variable has {value} bytes, type {field} has "
			     "{limit}; give both the same type") ||
	       elf_refuse_if(
		   image,
		   !lies_in(file, param->value, size, data) ||
		       (param->count && !lies_in(file, param->count, sizeof(uint32_t), data)),
		   0, 0,
		   "parameter {name}: its variable or count does not lie in the module's "
		   "data; it must not be const or __initdata");
}

int module_tables_check(const struct module_file *file, struct module_tables *tables)
{
	struct elf_diag *diag = file->image.diag;

	*tables = (struct module_tables){};
	elf_about(&file->image, file->descriptor_section);
	if (check_entry_points(file, tables))
		return diag->err;
	elf_about(&file->image, file->exports_section);
	tables->exports = table_at(file, file->exports_section, sizeof(struct module_export),
				   &tables->export_count);
	for (diag->index = 0; diag->index < tables->export_count; diag->index++)
		if (check_export(file, &tables->exports[diag->index]))
			return diag->err;
	elf_about(&file->image, file->params_section);
	tables->params =
	    table_at(file, file->params_section, sizeof(struct module_param), &tables->param_count);
	for (diag->index = 0; diag->index < tables->param_count; diag->index++)
		if (check_param(file, &tables->params[diag->index]))
			return diag->err;
	*diag = (struct elf_diag){};
	return 0;
}
