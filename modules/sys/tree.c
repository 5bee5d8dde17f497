/*
 * /sys/module/NAME: refcnt, and the folders holders, parameters and sections. A path is cut into
 * its parts, and each part is looked for in the tables, so that what a path leads to is right when
 * it is asked for and nothing has to be kept. A user in holders is a file without bytes: there are
 * no links.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/boot.h>
#include <kernel/heap.h>
#include <kernel/module.h>

#include "sys.h"

#define VALUE_LONGEST 511u /* of what is written to a parameter */
#define PARTS 4		   /* module, NAME, folder, file */

enum folder {
	HOLDERS,
	PARAMETERS,
	REFCNT, /* the one file among the folders */
	SECTIONS,
	FOLDERS,
};

static const char *const folder_names[FOLDERS] = {"holders", "parameters", "refcnt", "sections"};
static const char *const section_names[] = {".text", ".rodata", ".data", ".data..percpu"};

/* What a path leads to. */
struct target {
	unsigned parts;
	char part[PARTS][NAME_LIMIT + 1];
	enum folder folder;		      /* with three parts or more */
	struct module_line row;		      /* with two parts or more */
	const struct module_section *section; /* with four, in SECTIONS */
	struct module_parameter parameter;    /* with four, in PARAMETERS */
};

static int cut(const char *path, struct target *target)
{
	for (; *path; target->parts++) {
		size_t length = strcspn(path, "/");

		if (target->parts == PARTS || length > NAME_LIMIT)
			return -ENOENT;
		memcpy(target->part[target->parts], path, length);
		target->part[target->parts][length] = '\0';
		path += length + (path[length] == '/');
	}
	return 0;
}

/* Can a parameter be a file? One of mode 0 is not to be seen; other names no path leads to. */
static bool is_shown(const struct module_parameter *parameter)
{
	const char *name = parameter->name;

	return (parameter->mode & 0666) && *name && strlen(name) <= NAME_LIMIT &&
	       !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int find_parameter(struct target *target)
{
	for (unsigned i = 0;
	     module_parameter_describe(target->row.name, i, &target->parameter) == 0; i++)
		if (is_shown(&target->parameter) &&
		    strcmp(target->parameter.name, target->part[3]) == 0)
			return 0;
	return -ENOENT;
}

static int find_section(struct target *target)
{
	for (unsigned i = 0; i < ARRAY_SIZE(section_names); i++) {
		if (strcmp(section_names[i], target->part[3]) != 0)
			continue;
		target->section = &target->row.sections[i];
		return target->section->size ? 0 : -ENOENT;
	}
	return -ENOENT;
}

static int find_leaf(struct target *target)
{
	switch (target->folder) {
	case HOLDERS:
		return module_needs(target->part[3], target->row.name) ? 0 : -ENOENT;
	case PARAMETERS:
		return find_parameter(target);
	case SECTIONS:
		return find_section(target);
	default:
		return -ENOTDIR;
	}
}

static int find_folder(struct target *target)
{
	for (unsigned i = 0; i < FOLDERS; i++) {
		if (strcmp(folder_names[i], target->part[2]) != 0)
			continue;
		target->folder = (enum folder)i;
		return target->parts > 3 ? find_leaf(target) : 0;
	}
	return -ENOENT;
}

/* The target that @path leads to, to be freed with heap_free; an error in *@error otherwise. */
static struct target *target_find(const char *path, int *error)
{
	struct target *target = heap_alloc_zeroed(sizeof(*target));

	*error = target ? cut(path, target) : -ENOMEM;
	if (!*error && target->parts > 0 && strcmp(target->part[0], "module") != 0)
		*error = -ENOENT;
	if (!*error && target->parts > 1)
		*error = row_find(target->part[1], &target->row);
	if (!*error && target->parts > 2)
		*error = find_folder(target);
	if (!*error)
		return target;
	heap_free(target);
	return NULL;
}

static bool is_folder(const struct target *target)
{
	return target->parts < 3 || (target->parts == 3 && target->folder != REFCNT);
}

/* Linux says Y and N of truths. */
static void print_value(struct snapshot *snapshot, const struct module_parameter *parameter)
{
	bool truth = strstr(parameter->type, "bool") != NULL;

	for (const char *at = parameter->value; *at; at++) {
		bool upper = truth && (*at == 'y' || *at == 'n');

		snapshot_print(snapshot, "%c", upper ? *at - 'a' + 'A' : *at);
	}
	snapshot_print(snapshot, "\n");
}

static void make(struct snapshot *snapshot, const struct target *target)
{
	switch (target->folder) {
	case REFCNT:
		snapshot_print(snapshot, "%llu\n", (unsigned long long)target->row.references);
		break;
	case PARAMETERS:
		if (target->parameter.mode & 0444)
			print_value(snapshot, &target->parameter);
		strlcpy(snapshot->module, target->row.name, sizeof(snapshot->module));
		strlcpy(snapshot->parameter, target->part[3], sizeof(snapshot->parameter));
		break;
	case SECTIONS:
		snapshot_print(snapshot, "0x%016llx\n",
			       addresses_enabled ? (unsigned long long)target->section->address
						 : 0ull);
		break;
	default:
		break;
	}
}

static int check_open(const struct target *target, unsigned flags)
{
	bool parameter = target->parts == PARTS && target->folder == PARAMETERS;
	uint32_t mode = parameter ? target->parameter.mode : 0444;

	if (is_folder(target))
		return -EISDIR;
	if ((flags & FILE_WRITE) && !(mode & 0222))
		return -EACCES;
	return (flags & FILE_READ) && !(mode & 0444) ? -EACCES : 0;
}

static int open_target(const struct target *target, unsigned flags, void **file)
{
	struct snapshot *snapshot;
	int error = check_open(target, flags);

	if (error)
		return error;
	snapshot = heap_alloc_zeroed(sizeof(*snapshot));
	if (!snapshot)
		return -ENOMEM;
	make(snapshot, target);
	if (snapshot->failed) {
		snapshot_release(&sys_filesystem, snapshot);
		return -ENOMEM;
	}
	*file = snapshot;
	return 0;
}

static int tree_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		     void **file)
{
	int error;
	struct target *target = target_find(path, &error);

	if (target)
		error = open_target(target, flags, file);
	heap_free(target);
	return error;
}

/* One write is one value, as on Linux; a newline at its end, which echo makes, is none of it. */
static long tree_write(struct filesystem *filesystem, void *file, const void *buffer, size_t size,
		       uint64_t offset)
{
	const struct snapshot *snapshot = file;
	const char *value = buffer;
	size_t length = size, used;
	char word[NAME_LIMIT + 1 + VALUE_LONGEST + 1];
	int error;

	if (offset > 0 || size == 0)
		return -EINVAL;
	if (value[length - 1] == '\n')
		length--;
	if (length > VALUE_LONGEST)
		return -E2BIG;
	if (memchr(value, '\0', length))
		return -EINVAL;
	used = (size_t)format_text(word, sizeof(word), "%s=", snapshot->parameter);
	memcpy(word + used, value, length);
	word[used + length] = '\0';
	error = module_parameter_set(snapshot->module, word);
	return error ? error : (long)size;
}

static int tree_status(struct filesystem *filesystem, void *mount, const char *path,
		       struct file_status *status)
{
	int error;
	struct target *target = target_find(path, &error);

	if (target)
		*status =
		    (struct file_status){.kind = is_folder(target) ? FILE_DIRECTORY : FILE_REGULAR};
	heap_free(target);
	return error;
}

static bool nth_parameter(struct target *target, unsigned index)
{
	for (unsigned i = 0;
	     module_parameter_describe(target->row.name, i, &target->parameter) == 0; i++)
		if (is_shown(&target->parameter) && index-- == 0)
			return true;
	return false;
}

static const char *nth_section(const struct target *target, unsigned index)
{
	for (unsigned i = 0; i < ARRAY_SIZE(section_names); i++)
		if (target->row.sections[i].size && index-- == 0)
			return section_names[i];
	return NULL;
}

/* The @index-th name in what @target is; NULL past the last. It stands in @target or is constant.
 */
static const char *nth_name(struct target *target, unsigned index)
{
	struct module_line user;

	if (target->parts == 0)
		return index == 0 ? "module" : NULL;
	if (target->parts == 1)
		return row_nth("", index, &target->row) ? target->row.name : NULL;
	if (target->parts == 2)
		return index < FOLDERS ? folder_names[index] : NULL;
	if (target->folder == PARAMETERS)
		return nth_parameter(target, index) ? target->parameter.name : NULL;
	if (target->folder == SECTIONS)
		return nth_section(target, index);
	if (!row_nth(target->row.name, index, &user))
		return NULL;
	strlcpy(target->part[3], user.name, sizeof(target->part[3]));
	return target->part[3];
}

static int tree_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		     struct directory_entry *entry)
{
	int error;
	struct target *target = target_find(path, &error);
	const char *name;

	if (!target)
		return error;
	if (!is_folder(target)) {
		heap_free(target);
		return -ENOTDIR;
	}
	name = nth_name(target, index);
	*entry = (struct directory_entry){
	    .kind = target->parts < 2 || (target->parts == 2 && index != REFCNT) ? FILE_DIRECTORY
										 : FILE_REGULAR};
	if (name)
		strlcpy(entry->name, name, sizeof(entry->name));
	heap_free(target);
	return name ? 0 : -ENOENT;
}

static const struct filesystem_operations tree_operations = {
    .mount = sys_mount,
    .open = tree_open,
    .read = snapshot_read,
    .write = tree_write,
    .release = snapshot_release,
    .measure = snapshot_measure,
    .status = tree_status,
    .list = tree_list,
};

struct filesystem sys_filesystem = {
    .name = "sysfs", .attach = "/sys", .operations = &tree_operations};
