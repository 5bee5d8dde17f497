/*
 * What a module's file tells before any of it is placed: that it is a module, for which ABI, its
 * name, whom it needs, and its lines of information. The rule: nothing here follows a pointer,
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

static bool check_known(const struct elf_image *image, const struct known *known, uint32_t index,
			const struct elf_section *section)
{
	bool data = (section->sh_flags & SHF_ALLOC) && !(section->sh_flags & SHF_EXECINSTR);

	elf_about(image, index);
	if (elf_refuse_if(image, *known->index != 0, *known->index, 0,
			  "section {value} has this name too") ||
	    elf_refuse_if(image, section->sh_type == SHT_NOBITS, SHT_NOBITS, 0,
			  "sh_type is {value}, nothing of it is in the file; a file of debug "
			  "information alone is not a module") ||
	    elf_refuse_if(image, section->sh_type != SHT_PROGBITS, section->sh_type, SHT_PROGBITS,
			  "sh_type is {value}, not {limit} (bytes in the file)") ||
	    elf_refuse_if(image, !data, section->sh_flags, 0,
			  "sh_flags {hex} do not say that it is loaded and is no code") ||
	    elf_refuse_if(image, section->sh_addralign < known->align, section->sh_addralign,
			  known->align, "sh_addralign is {value}, at least {limit} is needed") ||
	    elf_refuse_if(image, section->sh_size % known->entry != 0, section->sh_size,
			  known->entry,
			  "{value} bytes are no whole number of entries of {limit}") ||
	    elf_refuse_if(image, section->sh_size > known->most, section->sh_size, known->most,
			  "{value} bytes, the limit is {limit}"))
		return true;
	*known->index = index;
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

	for (uint32_t index = 1; index < image->section_count; index++) {
		const struct elf_section *section = elf_section_at(image, index);
		const char *name = elf_section_name(image, section);

		/* Their second letters already tell most names apart. */
		for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
			if (name[0] == '.' && name[1] == known[i].name[1] &&
			    strcmp(name, known[i].name) == 0 &&
			    check_known(image, &known[i], index, section))
				return true;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
		image->diag->section = 0;
		image->diag->name = elf_text_of(known[i].name);
		if (elf_refuse_if(image, known[i].required && *known[i].index == 0, 0, 0,
				  "no section {name}: not a module, or linked without its "
				  "generated NAME.mod.c"))
			return true;
	}
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
	const struct elf_image *image = &file->image;
	const uint64_t wanted = sizeof(struct module_descriptor);
	struct module_descriptor descriptor = {};
	const struct elf_section *section = elf_section_at(image, file->descriptor_section);
	bool other_abi;
	size_t length;

	memcpy(&descriptor, elf_section_bytes(image, section), min(section->sh_size, wanted));
	other_abi = section->sh_size >= offsetof(struct module_descriptor, flags) &&
		    descriptor.magic == MODULE_MAGIC && descriptor.abi != MODULE_ABI;
	length = strnlen(descriptor.name, MODULE_NAME_SIZE);
	image->diag->section = 0;
	if (elf_refuse_if(image, other_abi, descriptor.abi, MODULE_ABI,
			  "built for module ABI {value}, this kernel has ABI {limit}; build it "
			  "again with this kernel's headers"))
		return true;
	elf_about(image, file->descriptor_section);
	image->diag->name = (struct elf_text){(const char *)elf_section_bytes(image, section) +
						  offsetof(struct module_descriptor, name),
					      (uint32_t)length};
	return elf_refuse_if(image, section->sh_size > wanted, section->sh_size, wanted,
			     "{value} bytes, more than one descriptor of {limit}; one NAME.mod.c "
			     "belongs in a module") ||
	       elf_refuse_if(image, section->sh_size < wanted, section->sh_size, wanted,
			     "size is {value}, a descriptor has {limit} bytes") ||
	       elf_refuse_if(image, descriptor.magic != MODULE_MAGIC, descriptor.magic, 0,
			     "magic is {hex}, not the descriptor's") ||
	       elf_refuse_if(image, descriptor.size != wanted, descriptor.size, wanted,
			     "size is {value}, a descriptor has {limit} bytes") ||
	       elf_refuse_if(image, module_name_canonical(descriptor.name, length, file->name) != 0,
			     0, MODULE_NAME_MAX,
			     "name '{name}' is not 1 to {limit} of A-Z a-z 0-9 _") ||
	       elf_refuse_if(image, strcmp(file->name, "kernel") == 0, 0, 0,
			     "name '{name}' is the kernel's own; give the module another");
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
	const struct elf_image *image = &file->image;
	struct elf_diag *diag = image->diag;
	const struct elf_section *section;
	const char *list;
	char name[MODULE_NAME_SIZE];
	uint64_t cursor = 0;

	elf_about(image, file->information_section);
	section = elf_section_at(image, file->information_section);
	file->information = (const char *)elf_section_bytes(image, section);
	file->information_size = section->sh_size;
	if (elf_refuse_if(image,
			  section->sh_size == 0 || file->information[section->sh_size - 1] != '\0',
			  0, 0, "does not end with a NUL"))
		return true;
	while ((list = module_file_info(file, "depends", &cursor)) != NULL) {
		diag->text = elf_text_of(list);
		while (next_of_list(&list, &diag->name))
			if (elf_refuse_if(
				image,
				module_name_canonical(diag->name.at, diag->name.length, name) != 0,
				0, 0, "depends={text}: '{name}' is no module's name"))
				return true;
	}
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
static bool check_kernel(const struct module_file *file)
{
	const struct elf_image *image = &file->image;
	uint64_t cursor = 0, align = image->layout.segment[ELF_PERCPU].align;
	const char *vermagic = module_file_info(file, "vermagic", &cursor);

	image->diag->section = 0;
	if (elf_refuse_if(image, !vermagic, 0, 0,
			  ".modinfo has no line vermagic=, this kernel is \"" MODULE_VERMAGIC
			  "\"; build it with this kernel's headers"))
		return true;
	image->diag->text = elf_text_of(vermagic);
	return elf_refuse_if(image, strcmp(vermagic, MODULE_VERMAGIC) != 0, 0, 0,
			     "was built for \"{text}\", this kernel is \"" MODULE_VERMAGIC
			     "\"; build it again with this kernel's headers") ||
	       elf_refuse_if(image, align > MODULE_PERCPU_ALIGN, align, MODULE_PERCPU_ALIGN,
			     "per-CPU data is aligned to {value} bytes, the limit is {limit}");
}

int module_file_validate(const void *bytes, size_t size, const struct elf_limits *limits,
			 struct module_file *file, struct elf_diag *diag)
{
	*file = (struct module_file){};
	if (elf_image_validate(bytes, size, limits, &file->image, diag) || find_sections(file) ||
	    check_descriptor(file) || check_information(file) || check_kernel(file))
		return diag->err;
	*diag = (struct elf_diag){};
	return 0;
}
