/*
 * Interface `filesystem`, and where paths lead: the longest mount that a path lies in, else the
 * filesystem attached there. A filesystem that is attached is found by its registration, one that
 * is mounted through the mount's span.
 */
#include <kernel/file.h>

#include <string.h>

#include <lib/format.h>
#include <lib/path.h>

#include <kernel/module.h>

#include "bus_internal.h"
#include "file_internal.h"

static const char *const operation_names[] = {
    "mount",   "unmount", "open", "read",   "write",
    "release", "status",  "list", "remove", "create_directory",
};
#define REQUIRED 0xed /* mount open read release status list */

static int dead_mount(struct filesystem *filesystem, const char *source, void **mount)
{
	return -ENODEV;
}

static void dead_unmount(struct filesystem *filesystem, void *mount)
{
}

static int dead_open(struct filesystem *filesystem, void *mount, const char *path, unsigned flags,
		     void **file)
{
	return -ENODEV;
}

static long dead_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		      uint64_t offset)
{
	return -ENODEV;
}

static long dead_write(struct filesystem *filesystem, void *file, const void *buffer, size_t size,
		       uint64_t offset)
{
	return -ENODEV;
}

static void dead_release(struct filesystem *filesystem, void *file)
{
}

static int dead_status(struct filesystem *filesystem, void *mount, const char *path,
		       struct file_status *status)
{
	return -ENODEV;
}

static int dead_list(struct filesystem *filesystem, void *mount, const char *path, unsigned index,
		     struct directory_entry *entry)
{
	return -ENODEV;
}

static int dead_change(struct filesystem *filesystem, void *mount, const char *path)
{
	return -ENODEV;
}

static const struct filesystem_operations dead_operations = {
    .mount = dead_mount,
    .unmount = dead_unmount,
    .open = dead_open,
    .read = dead_read,
    .write = dead_write,
    .release = dead_release,
    .status = dead_status,
    .list = dead_list,
    .remove = dead_change,
    .create_directory = dead_change,
};

struct interface filesystem_interface = {
    .name = "filesystem",
    .operations = operation_names,
    .operation_count = 10,
    .required = REQUIRED,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    .dead_operations = &dead_operations,
};

static bool attach_is_good(const char *attach)
{
	char normal[PATH_LIMIT + 1];

	return !attach || (path_normalise("/", attach, normal) == 0 &&
			   strcmp(normal, attach) == 0 && strcmp(normal, "/") != 0);
}

REGISTRATION_FUNCTIONS(filesystem, attach_is_good(entry->attach), entry->operations);

static struct filesystem *filesystem_of(const struct registration *registration)
{
	return container_of(registration, struct filesystem, registration);
}

static bool attached_above(const struct registration *registration, const void *path)
{
	const char *attach = filesystem_of(registration)->attach;

	return attach && path_below(path, attach);
}

static int begin_mounted(struct target *target, const char *operation)
{
	span_call_begin(&target->call, &target->mount->span, operation);
	target->operations = target->mount->span.operations;
	target->filesystem = target->mount->filesystem;
	target->data = target->mount->data;
	return 0;
}

int target_begin(struct target *target, const char *normal, const char *operation)
{
	int error;

	target->mount = mount_use(normal, &target->below);
	if (target->mount)
		return begin_mounted(target, operation);
	error = call_begin_match(&target->call, &filesystem_interface, 0, attached_above, normal,
				 operation);
	if (error)
		return error;
	target->filesystem = filesystem_of(target->call.registration);
	target->operations = target->call.registration->operations;
	target->data = target->filesystem->attached_mount;
	target->below = path_below(normal, target->filesystem->attach);
	return 0;
}

void target_end(struct target *target)
{
	call_end(&target->call);
	if (target->mount)
		mount_unuse(target->mount);
}

/* The @index-th attached filesystem that can be called; its names copied. */
int filesystem_attach_describe(unsigned index, char *path, size_t path_size, char *type,
			       size_t type_size)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&filesystem_interface.lock);
	list_for_each(registration, &filesystem_interface.registrations, in_interface) {
		const struct filesystem *filesystem = filesystem_of(registration);

		if (!filesystem->attach || !registration_callable(registration) || index-- > 0)
			continue;
		format_text(path, path_size, "%s", filesystem->attach);
		format_text(type, type_size, "%s", filesystem->name);
		error = 0;
		break;
	}
	spin_unlock(&filesystem_interface.lock);
	return error;
}

bool filesystem_attached(const char *normal)
{
	char path[PATH_LIMIT + 1], type[NAME_LIMIT + 1];

	for (unsigned i = 0;
	     filesystem_attach_describe(i, path, sizeof(path), type, sizeof(type)) == 0; i++)
		if (strcmp(path, normal) == 0)
			return true;
	return false;
}

void first_component(const char *path, char name[NAME_LIMIT + 1])
{
	const char *start;
	size_t length = min(path_next(&path, &start), (size_t)NAME_LIMIT);

	memcpy(name, start, length);
	name[length] = '\0';
}

int filesystem_root_name(unsigned index, char name[NAME_LIMIT + 1])
{
	char path[PATH_LIMIT + 1], type[NAME_LIMIT + 1];
	unsigned attached = 0;

	for (; filesystem_attach_describe(attached, path, sizeof(path), type, sizeof(type)) == 0;
	     attached++) {
		if (attached != index)
			continue;
		first_component(path, name);
		return 0;
	}
	return mount_root_name(index - attached, name);
}

void bus_filesystem_init(void)
{
	interface_register(&filesystem_interface);
}
