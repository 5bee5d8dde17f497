/*
 * What a module's file tells before any of it is placed: that it is a module, for which ABI, its
 * name, what it needs, and its lines of information. The rule: nothing here follows a pointer,
 * since pointers only mean something after relocation (tables.c).
 */
#include <lib/module_file.h>

#include <lib/bytes.h>
#include <lib/compiler.h>
#include <lib/errno.h>

#define INFORMATION_MAX 16384u /* of .modinfo; it is searched for each of its lines */
/* Each may have a name of ELF_NAME_LONGEST bytes. */
#define EXPORTS_MAX (32768 * sizeof(struct module_export))
#define PARAMS_MAX (4096 * sizeof(struct module_param))

/* The four sections, and where module_file keeps the index of each. */
struct known {
	const char *name;
	uint32_t *index;
	uint64_t align;
	uint64_t entry; /* bytes, 1 where that is looked at elsewhere */
	uint64_t most;	/* bytes */
	bool required;
};

static bool check_known(struct elf_image *image, const struct known *known,
			const struct elf_section *section)
{
	bool data = (section->sh_flags & SHF_ALLOC) && !(section->sh_flags & SHF_EXECINSTR);

	if (*known->index != 0)
		return elf_refuse(image, "section %u has this name too", *known->index);
	if (section->sh_type == SHT_NOBITS)
		return elf_refuse(image,
				  "sh_type is %u, nothing of it is in the file; a file of "
				  "debug information alone is not a module",
				  SHT_NOBITS);
	if (section->sh_type != SHT_PROGBITS)
		return elf_refuse(image, "sh_type is %u, not %u (bytes in the file)",
				  section->sh_type, SHT_PROGBITS);
	if (!data)
		return elf_refuse(image,
				  "sh_flags %#lx do not say that it is loaded and is no code",
				  section->sh_flags);
	if (section->sh_addralign < known->align)
		return elf_refuse(image, "sh_addralign is %lu, at least %lu is needed",
				  section->sh_addralign, known->align);
	if (section->sh_size % known->entry != 0)
		return elf_refuse(image, "%lu bytes are no whole number of entries of %lu",
				  section->sh_size, known->entry);
	if (section->sh_size > known->most)
		return elf_refuse(image, "%lu bytes, the limit is %lu", section->sh_size,
				  known->most);
	*known->index = image->about;
	return false;
}

static bool find_sections(struct module_file *file)
{
	const struct known known[] = {
	    {".tenon.module", &file->descriptor_section, 8, 1, UINT64_MAX, true},
	    {".modinfo", &file->information_section, 0, 1, INFORMATION_MAX, true},
	    {".tenon.exports", &file->exports_section, 8, sizeof(struct module_export), EXPORTS_MAX,
	     false},
	    {".tenon.params", &file->params_section, 8, sizeof(struct module_param), PARAMS_MAX,
	     false},
	};
	struct elf_image *image = &file->image;

	for (image->about = 1; image->about < image->section_count; image->about++) {
		const struct elf_section *section = elf_section_at(image, image->about);
		const char *name = elf_section_name(image, section);

		/* Their second letters already tell most names apart. */
		for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
			if (name[0] == '.' && name[1] == known[i].name[1] &&
			    strcmp(name, known[i].name) == 0 &&
			    check_known(image, &known[i], section))
				return true;
	}
	image->about = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].required && *known[i].index == 0)
			return elf_refuse(image,
					  "no section %s: not a module, or linked without "
					  "its generated NAME.mod.c",
					  known[i].name);
	return false;
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
static bool check_descriptor(struct module_file *file)
{
	struct elf_image *image = &file->image;
	const uint64_t wanted = sizeof(struct module_descriptor);
	struct module_descriptor descriptor = {};
	const struct elf_section *section = elf_section_at(image, file->descriptor_section);
	size_t length;

	memcpy(&descriptor, elf_section_bytes(image, section), min(section->sh_size, wanted));
	length = strnlen(descriptor.name, MODULE_NAME_SIZE);
	image->about = 0;
	if (section->sh_size >= offsetof(struct module_descriptor, flags) &&
	    descriptor.magic == MODULE_MAGIC && descriptor.abi != MODULE_ABI)
		return elf_refuse(image, "built for module ABI %u, this kernel has ABI %u",
				  descriptor.abi, MODULE_ABI);
	image->about = file->descriptor_section;
	if (section->sh_size > wanted)
		return elf_refuse(image, "%lu bytes, more than one descriptor of %lu",
				  section->sh_size, wanted);
	if (section->sh_size < wanted || descriptor.size != wanted)
		return elf_refuse(image, "size is %lu, a descriptor has %lu bytes",
				  section->sh_size < wanted ? section->sh_size : descriptor.size,
				  wanted);
	if (descriptor.magic != MODULE_MAGIC)
		return elf_refuse(image, "magic is %#x, not the descriptor's", descriptor.magic);
	if (module_name_canonical(descriptor.name, length, file->name) != 0) {
		descriptor.name[MODULE_NAME_MAX] = '\0';
		return elf_refuse(image, "name '%pT' is not 1 to %u of A-Z a-z 0-9 _",
				  descriptor.name, MODULE_NAME_MAX);
	}
	if (strcmp(file->name, "kernel") == 0)
		return elf_refuse(image, "name 'kernel' is the kernel's own");
	return false;
}

/* The next of a list separated by commas; an empty list has none. */
static bool next_of_list(const char **cursor, struct elf_text *text)
{
	*text = (struct elf_text){*cursor, (uint32_t)strcspn(*cursor, ",")};
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

static bool check_information(struct module_file *file)
{
	struct elf_image *image = &file->image;
	const struct elf_section *section = elf_section_at(image, file->information_section);
	struct elf_text text;
	const char *line, *list;
	char name[MODULE_NAME_SIZE];
	uint64_t cursor = 0;

	image->about = file->information_section;
	file->information = (const char *)elf_section_bytes(image, section);
	file->information_size = section->sh_size;
	if (section->sh_size == 0 || file->information[section->sh_size - 1] != '\0')
		return elf_refuse(image, "does not end with a NUL");
	while ((line = list = module_file_info(file, "depends", &cursor)) != NULL)
		while (next_of_list(&list, &text))
			if (module_name_canonical(text.at, text.length, name) != 0)
				return elf_refuse(
				    image,
				    "depends=%pT: what begins with '%pT' is no module's name", line,
				    text.at);
	return false;
}

bool module_file_info_next(const struct module_file *file, uint64_t *cursor, struct elf_text *field,
			   const char **value)
{
	while (*cursor < file->information_size) {
		const char *line = file->information + *cursor;
		const char *end = memchr(line, '\0', file->information_size - *cursor);
		const char *equals = memchr(line, '=', (size_t)(end - line));

		*cursor += (uint64_t)(end - line) + 1;
		if (end == line)
			continue; /* padding between the parts that were linked */
		*field = (struct elf_text){line, equals ? (uint32_t)(equals - line) : 0};
		*value = equals ? equals + 1 : line;
		return true;
	}
	return false;
}

const char *module_file_info(const struct module_file *file, const char *field, uint64_t *cursor)
{
	struct elf_text found;
	const char *value;
	size_t length = strlen(field);

	while (module_file_info_next(file, cursor, &found, &value))
		if (found.length == length && memcmp(found.at, field, length) == 0)
			return value;
	return NULL;
}

/* For which kernel the file was built. */
static bool check_kernel(struct module_file *file)
{
	struct elf_image *image = &file->image;
	uint64_t cursor = 0, align = image->layout.segment[ELF_PERCPU].align;
	const char *vermagic = module_file_info(file, "vermagic", &cursor);

	image->about = 0;
	if (!vermagic)
		return elf_refuse(image, ".modinfo has no line vermagic=, this kernel is "
					 "\"" MODULE_VERMAGIC "\"");
	if (strcmp(vermagic, MODULE_VERMAGIC) != 0)
		return elf_refuse(image,
				  "was built for \"%pT\", this kernel is \"" MODULE_VERMAGIC "\"",
				  vermagic);
	if (align > MODULE_PERCPU_ALIGN)
		return elf_refuse(image, "per-CPU data is aligned to %lu bytes, the limit is %u",
				  align, MODULE_PERCPU_ALIGN);
	return false;
}

int module_file_validate(const void *bytes, size_t size, const struct elf_limits *limits,
			 struct module_file *file, struct module_report *report)
{
	*file = (struct module_file){};
	if (elf_image_validate(bytes, size, limits, &file->image, report) || find_sections(file) ||
	    check_descriptor(file) || check_information(file) || check_kernel(file))
		return report->error;
	return 0;
}
