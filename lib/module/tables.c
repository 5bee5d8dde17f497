/*
 * The descriptor's tables after relocation. The rule: a pointer that a module hands to the kernel
 * here lies in the module that hands it, in a part that has the right protection and lives long
 * enough, or the module is refused.
 */
#include <lib/module_file.h>

#define STAYS (ELF_IN(ELF_TEXT) | ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA) | ELF_IN(ELF_PERCPU))
#define GOES (ELF_IN(ELF_INIT_TEXT) | ELF_IN(ELF_INIT_DATA))
#define STRINGS (ELF_IN(ELF_RODATA) | ELF_IN(ELF_DATA))

static bool lies_in(const struct module_file *file, const void *address, uint64_t length,
		    unsigned segments)
{
	return elf_memory_at(&file->image.layout, (uint64_t)(uintptr_t)address, length, segments) !=
	       NULL;
}

/* A name in the module's data; NULL when it is none or empty. */
static const char *name_at(const struct module_file *file, const char *address)
{
	const char *name =
	    elf_memory_string(&file->image.layout, (uint64_t)(uintptr_t)address, STRINGS);

	return name && *name ? name : NULL;
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
	if (descriptor.init && !lies_in(file, descriptor.init, 1, text | init_text))
		return elf_refuse(&file->image, "init does not lie in the module's code");
	if (descriptor.exit && !lies_in(file, descriptor.exit, 1, text))
		return elf_refuse(&file->image,
				  "exit does not lie in the module's code that stays after init");
	return false;
}

static bool check_export(const struct module_file *file, uint32_t index,
			 const struct module_export *export)
{
	const struct elf_image *image = &file->image;
	const char *name = name_at(file, export->name);

	if (!name)
		return elf_refuse(image,
				  "export %u: its name is not a string of 1 to %u bytes in the "
				  "module's data that stays",
				  index, ELF_NAME_LONGEST);
	if (lies_in(file, export->value, 1, GOES))
		return elf_refuse(
		    image, "export %u (%pT) does not lie in the part of the module that stays",
		    index, name);
	if (!lies_in(file, export->value, 1, STAYS))
		return elf_refuse(image, "export %u (%pT) does not lie in the module", index, name);
	return false;
}

/* The variable is as large as its type says; a string's buffer is as large as it is. */
static bool has_right_size(const struct module_param *param)
{
	if (param->type == MODULE_PARAM_string)
		return param->size > 0;
	return param->size == parameter_type_size(param->type);
}

static bool check_param(const struct module_file *file, uint32_t index,
			const struct module_param *param)
{
	const struct elf_image *image = &file->image;
	const unsigned data = ELF_IN(ELF_DATA);
	const char *name = name_at(file, param->name), *type = parameter_type_name(param->type);
	uint64_t size = (uint64_t)param->size * param->capacity;

	if (!name)
		return elf_refuse(image,
				  "parameter %u: its name is not a string of 1 to %u bytes in the "
				  "module's data that stays",
				  index, ELF_NAME_LONGEST);
	if (param->type >= MODULE_PARAM_TYPES)
		return elf_refuse(image, "parameter %pT: there is no type %u, types are below %u",
				  name, param->type, MODULE_PARAM_TYPES);
	if (param->capacity == 0)
		return elf_refuse(image, "parameter %pT: an array of 0 elements", name);
	if (param->capacity > 1 && param->type == MODULE_PARAM_string)
		return elf_refuse(image, "parameter %pT: an array of %u buffers of type %s", name,
				  param->capacity, type);
	if (!has_right_size(param))
		return elf_refuse(image, "parameter %pT: the variable has %u bytes, type %s has %u",
				  name, param->size, type, parameter_type_size(param->type));
	if (!lies_in(file, param->value, size, data) ||
	    (param->count && !lies_in(file, param->count, sizeof(uint32_t), data)))
		return elf_refuse(image,
				  "parameter %pT: its variable or count does not lie in the "
				  "module's data",
				  name);
	return false;
}

int module_tables_check(struct module_file *file, struct module_tables *tables)
{
	struct elf_image *image = &file->image;

	*tables = (struct module_tables){};
	image->about = file->descriptor_section;
	if (check_entry_points(file, tables))
		return image->report->error;
	image->about = file->exports_section;
	tables->exports = table_at(file, file->exports_section, sizeof(struct module_export),
				   &tables->export_count);
	for (uint32_t i = 0; i < tables->export_count; i++)
		if (check_export(file, i, &tables->exports[i]))
			return image->report->error;
	image->about = file->params_section;
	tables->params =
	    table_at(file, file->params_section, sizeof(struct module_param), &tables->param_count);
	for (uint32_t i = 0; i < tables->param_count; i++)
		if (check_param(file, i, &tables->params[i]))
			return image->report->error;
	return 0;
}
