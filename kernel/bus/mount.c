/*
 * Mounts: filesystems at paths, each a span from mount to unmount. One mutex guards the list;
 * whoever works below a mount is one of its users meanwhile, and a mount with users is not taken
 * out.
 */
#include <kernel/file.h>

#include <string.h>

#include <lib/format.h>
#include <lib/path.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/mutex.h>

#include "bus_internal.h"
#include "file_internal.h"

static DEFINE_MUTEX(mounts_mutex);
static struct list_node mounts = LIST_INIT(mounts); /* [M] */

struct mount *mount_use(const char *normal, const char **below)
{
	struct mount *mount, *longest = NULL;

	mutex_lock(&mounts_mutex);
	list_for_each(mount, &mounts, node) {
		const char *rest = path_below(normal, mount->path);

		if (!rest || (longest && strlen(longest->path) > strlen(mount->path)))
			continue;
		longest = mount;
		*below = rest;
	}
	if (longest)
		__atomic_fetch_add(&longest->users, 1, __ATOMIC_RELAXED);
	mutex_unlock(&mounts_mutex);
	return longest;
}

void mount_unuse(struct mount *mount)
{
	/* Release: what was done below it comes before. Pairs with the acquire in file_unmount. */
	__atomic_fetch_sub(&mount->users, 1, __ATOMIC_RELEASE);
}

static struct mount *find_locked(const char *normal)
{
	struct mount *mount;

	list_for_each(mount, &mounts, node)
		if (strcmp(mount->path, normal) == 0)
			return mount;
	return NULL;
}

int mount_root_name(unsigned index, char name[NAME_LIMIT + 1])
{
	struct mount *mount;
	int error = -ENOENT;

	mutex_lock(&mounts_mutex);
	list_for_each(mount, &mounts, node) {
		if (index-- > 0)
			continue;
		first_component(mount->path, name);
		error = 0;
		break;
	}
	mutex_unlock(&mounts_mutex);
	return error;
}

/* A mount point is a new name in the root, or a directory. */
static int check_point(const char *normal)
{
	struct file_status status;
	int error;

	if (strcmp(normal, "/") == 0 || path_below(normal, "/dev") || filesystem_attached(normal))
		return -EBUSY;
	error = file_status(normal, &status);
	if (error == -ENOENT && strchr(normal + 1, '/') == NULL)
		return 0;
	if (error)
		return error;
	return status.kind == FILE_DIRECTORY ? 0 : -ENOTDIR;
}

/* Calls the filesystem's mount and opens the span. */
static int begin_mount(struct mount *mount, const char *source)
{
	const struct filesystem_operations *operations;
	struct call call;
	int error = call_begin_by_name(&call, &filesystem_interface, mount->type, "mount");

	if (error)
		return -ENODEV;
	mount->filesystem = container_of(call.registration, struct filesystem, registration);
	operations = call.registration->operations;
	error = (int)call_through(&call, operations->mount, (uint64_t)mount->filesystem,
				  (uint64_t)source, (uint64_t)&mount->data, 0, 0);
	if (error > 0)
		error = -EIO;
	if (!error)
		error = span_open(&mount->span, call.registration, mount->path);
	call_end(&call);
	return error;
}

static void end_mount(struct mount *mount)
{
	const struct filesystem_operations *operations;
	struct call call;

	span_call_begin(&call, &mount->span, "unmount");
	operations = mount->span.operations;
	if (operations->unmount)
		call_through(&call, operations->unmount, (uint64_t)mount->filesystem,
			     (uint64_t)mount->data, 0, 0, 0);
	call_end(&call);
	span_close(&mount->span);
}

/* The name is looked at again with the mutex held: two may mount at the same path. */
static int publish(struct mount *mount)
{
	int error = 0;

	mutex_lock(&mounts_mutex);
	if (find_locked(mount->path))
		error = -EBUSY;
	else
		list_add_last(&mounts, &mount->node);
	mutex_unlock(&mounts_mutex);
	if (error)
		end_mount(mount);
	return error;
}

int file_mount(const char *type, const char *source, const char *path)
{
	struct mount *mount = heap_alloc_zeroed(sizeof(*mount));
	int error;

	if (!mount)
		return -ENOMEM;
	error = path_normalise("/", path, mount->path);
	if (!error && strlen(type) > NAME_LIMIT)
		error = -ENODEV;
	if (!error)
		error = check_point(mount->path);
	if (!error) {
		format_text(mount->type, sizeof(mount->type), "%s", type);
		error = begin_mount(mount, source);
	}
	if (!error)
		error = publish(mount);
	if (error)
		heap_free(mount);
	return error;
}
EXPORT_SYMBOL(file_mount);

int file_unmount(const char *path)
{
	char normal[PATH_LIMIT + 1];
	struct mount *mount;
	int error = path_normalise("/", path, normal);

	if (error)
		return error;
	mutex_lock(&mounts_mutex);
	mount = find_locked(normal);
	if (!mount)
		error = -EINVAL;
	else if (__atomic_load_n(&mount->users, __ATOMIC_ACQUIRE) > 0)
		error = -EBUSY;
	else
		list_remove(&mount->node);
	mutex_unlock(&mounts_mutex);
	if (error)
		return error;
	end_mount(mount);
	heap_free(mount);
	return 0;
}
EXPORT_SYMBOL(file_unmount);

int mount_describe(unsigned index, char *path, size_t path_size, char *type, size_t type_size)
{
	struct mount *mount;
	unsigned attached = 0;
	int error = -ENOENT;

	for (; filesystem_attach_describe(attached, path, path_size, type, type_size) == 0;
	     attached++)
		if (attached == index)
			return 0;
	index -= attached;
	mutex_lock(&mounts_mutex);
	list_for_each(mount, &mounts, node) {
		if (index-- > 0)
			continue;
		format_text(path, path_size, "%s", mount->path);
		format_text(type, type_size, "%s", mount->type);
		error = 0;
		break;
	}
	mutex_unlock(&mounts_mutex);
	return error;
}
EXPORT_SYMBOL(mount_describe);
