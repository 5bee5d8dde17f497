/*
 * What a module's file tells before any of it is placed: that it is a module, for which ABI, its
 * name, whom it needs, and its lines of information. The rule: nothing here follows a pointer,
 * since pointers only mean something after relocation (tables.c).
 */
#include <lib/module_file.h>

#include <string.h>

#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#include "module_internal.h"

/* The four sections, and where module_file keeps the index of each. */
struct known {
	const char *name;
	uint32_t *index;
	uint64_t align;
	uint64_t entry; /* bytes, 0 where that is looked at elsewhere */
	bool required;
};

static int check_known(const struct module_file *file, const struct known *known, uint32_t index,
		       const struct elf_section *section, struct elf_diag *diag)
{
	struct elf_diag filled = {};

	if (*known->index != 0) {
		filled.reason = MODULE_SECTION_TWICE;
		filled.value = *known->index;
	} else if (section->sh_type != SHT_PROGBITS || !(section->sh_flags & SHF_ALLOC) ||
		   (section->sh_flags & SHF_EXECINSTR) || section->sh_addralign < known->align) {
		filled.reason = MODULE_SECTION_KIND;
		filled.limit = known->align;
	} else if (known->entry != 0 && section->sh_size % known->entry != 0) {
		filled.reason = MODULE_TABLE_SIZE;
		filled.value = section->sh_size;
		filled.limit = known->entry;
	} else {
		*known->index = index;
		return 0;
	}
	return module_refuse(file, index, diag, filled);
}

static int find_sections(struct module_file *file, uint32_t *information, struct elf_diag *diag)
{
	const struct known known[] = {
	    {".tenon.module", &file->descriptor_section, 8, 0, true},
	    {".modinfo", information, 0, 0, true},
	    {".tenon.exports", &file->exports_section, 8, sizeof(struct module_export), false},
	    {".tenon.params", &file->params_section, 8, sizeof(struct module_param), false},
	};
	struct elf_section section;
	int err = 0;

	for (uint32_t i = 1; i < file->image.section_count && err == 0; i++) {
		elf_section_at(&file->image, i, &section);
		for (unsigned j = 0; j < ARRAY_SIZE(known) && err == 0; j++)
			if (strcmp(elf_section_name(&file->image, &section), known[j].name) == 0)
				err = check_known(file, &known[j], i, &section, diag);
	}
	for (unsigned j = 0; j < ARRAY_SIZE(known) && err == 0; j++)
		if (known[j].required && *known[j].index == 0)
			err =
			    elf_refuse(diag, (struct elf_diag){.reason = MODULE_NO_SECTION,
							       .name = module_text(known[j].name)});
	return err;
}

int module_name_canonical(const char *text, size_t length, char name[MODULE_NAME_SIZE])
{
	if (length == 0 || length > MODULE_NAME_MAX)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		char letter = text[i] == '-' ? '_' : text[i];
		bool valid = (letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z') ||
			     (letter >= '0' && letter <= '9') || letter == '_';

		if (!valid)
			return -EINVAL;
		name[i] = letter;
	}
	name[length] = '\0';
	return 0;
}

/* The ABI is looked at first: another one's descriptor may have another size. */
static enum elf_reason check_descriptor_fields(const struct module_descriptor *descriptor,
					       uint64_t size, struct elf_diag *filled)
{
	if (size < offsetof(struct module_descriptor, flags)) {
		filled->value = size;
		filled->limit = sizeof(*descriptor);
		return MODULE_BAD_SIZE;
	}
	if (descriptor->magic == MODULE_MAGIC && descriptor->abi != MODULE_ABI) {
		filled->value = descriptor->abi;
		filled->limit = MODULE_ABI;
		return MODULE_OTHER_ABI;
	}
	filled->value = size;
	filled->limit = sizeof(*descriptor);
	if (size > sizeof(*descriptor))
		return MODULE_DESCRIPTORS;
	if (size < sizeof(*descriptor))
		return MODULE_BAD_SIZE;
	filled->value = descriptor->magic;
	if (descriptor->magic != MODULE_MAGIC)
		return MODULE_BAD_MAGIC;
	filled->value = descriptor->size;
	return descriptor->size != sizeof(*descriptor) ? MODULE_BAD_SIZE : ELF_FINE;
}

static int check_descriptor(struct module_file *file, struct elf_diag *diag)
{
	struct module_descriptor descriptor = {};
	struct elf_diag filled = {};
	struct elf_section section;
	const uint8_t *bytes;

	elf_section_at(&file->image, file->descriptor_section, &section);
	bytes = elf_section_bytes(&file->image, &section);
	memcpy(&descriptor, bytes, min(section.sh_size, (uint64_t)sizeof(descriptor)));
	filled.reason = check_descriptor_fields(&descriptor, section.sh_size, &filled);
	if (filled.reason == ELF_FINE) {
		size_t length = strnlen(descriptor.name, MODULE_NAME_SIZE);

		if (module_name_canonical(descriptor.name, length, file->name) == 0)
			return 0;
		filled.reason = MODULE_BAD_NAME;
		filled.limit = MODULE_NAME_MAX;
		filled.name.at = (const char *)bytes + offsetof(struct module_descriptor, name);
		filled.name.length = (uint32_t)length;
	}
	return module_refuse(file, file->descriptor_section, diag, filled);
}

/* The next of a list separated by commas; an empty list has none. */
static bool next_of_list(const char **cursor, struct elf_text *text)
{
	text->at = *cursor;
	text->length = (uint32_t)strcspn(*cursor, ",");
	if (**cursor == '\0')
		return false;
	*cursor += text->length;
	*cursor += **cursor == ',';
	return true;
}

bool module_depends_next(const char **cursor, char name[MODULE_NAME_SIZE])
{
	struct elf_text text;

	return next_of_list(cursor, &text) &&
	       module_name_canonical(text.at, text.length, name) == 0;
}

static int check_information(struct module_file *file, uint32_t index, struct elf_diag *diag)
{
	struct elf_section section;
	const char *list;
	char name[MODULE_NAME_SIZE];

	elf_section_at(&file->image, index, &section);
	file->information = (const char *)elf_section_bytes(&file->image, &section);
	file->information_size = section.sh_size;
	if (section.sh_size == 0 || file->information[section.sh_size - 1] != '\0')
		return module_refuse(file, index, diag,
				     (struct elf_diag){.reason = MODULE_INFO_END});
	for (unsigned i = 0; (list = module_file_info(file, "depends", i)) != NULL; i++) {
		const char *cursor = list;
		struct elf_text text;

		while (next_of_list(&cursor, &text))
			if (module_name_canonical(text.at, text.length, name) != 0)
				return module_refuse(file, index, diag,
						     (struct elf_diag){.reason = MODULE_BAD_DEPENDS,
								       .name = text,
								       .text = module_text(list)});
	}
	return 0;
}

bool module_file_info_next(const struct module_file *file, uint64_t *cursor, struct elf_text *field,
			   const char **value)
{
	while (*cursor < file->information_size) {
		const char *line = file->information + *cursor;
		size_t length = strlen(line);

		*cursor += length + 1;
		if (length == 0)
			continue; /* padding between the parts that were linked */
		field->at = line;
		field->length = (uint32_t)strcspn(line, "=");
		*value = line + field->length + 1;
		if (field->length < length)
			return true;
		field->length = 0;
		*value = line;
		return true;
	}
	return false;
}

const char *module_file_info(const struct module_file *file, const char *field, unsigned nth)
{
	struct elf_text found;
	const char *value;
	uint64_t cursor = 0;

	while (module_file_info_next(file, &cursor, &found, &value))
		if (found.length == strlen(field) && memcmp(found.at, field, found.length) == 0 &&
		    nth-- == 0)
			return value;
	return NULL;
}

int module_file_validate(const void *bytes, size_t size, const struct elf_limits *limits,
			 struct module_file *file, struct elf_diag *diag)
{
	uint32_t information = 0;
	int err;

	*file = (struct module_file){};
	err = elf_image_validate(bytes, size, limits, &file->image, diag);
	if (err == 0)
		err = elf_layout_measure(&file->image, limits, &file->layout, diag);
	if (err == 0)
		err = find_sections(file, &information, diag);
	if (err == 0)
		err = check_descriptor(file, diag);
	if (err == 0)
		err = check_information(file, information, diag);
	return err;
}
