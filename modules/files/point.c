/*
 * Interface `filesystem`, and the points where filesystems stand in the tree of paths: a path leads
 * to the longest point that it lies in. The root is a filesystem of this module's, whose only names
 * are the beginnings of the other points. A filesystem that is attached stands at its point while
 * it is callable, and is not held. A mount is a span: it holds its filesystem, and stands also when
 * that has failed. The interface's lock guards the list of points.
 *
 * When this module fails, `left` is not called any more, so the list may come to lead to memory
 * that is gone. Its functions can still be called by modules that depend on it: nothing looks at
 * the list then. A module fails in a stop, and none comes while the lock is held.
 */
#include <string.h>

#include <lib/format.h>
#include <lib/touch.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/preempt.h>
#include <kernel/stack.h>

#include "file_internal.h"
#include "path.h"

#define OWN_POINTS 2 /* the root and /dev, the first in the list */

static struct list_node points = LIST_INIT(points); /* [L] oldest first */

static struct filesystem *filesystem_of(struct registration *registration)
{
	return container_of(registration, struct filesystem, registration);
}

static int entering(struct registration *registration)
{
	struct filesystem *filesystem = filesystem_of(registration);
	const char *attach = filesystem->attach;
	struct point *point = &filesystem->point;

	list_init(&point->node);
	if (!attach)
		return 0;
	if (path_normalise("/", attach, point->path) != 0 || strcmp(point->path, attach) != 0 ||
	    (strcmp(attach, "/") == 0 && filesystem != &root_filesystem))
		return registration_refuse(registration, -EINVAL,
					   "attach is no path as /a/b, or the root");
	strlcpy(point->type, filesystem->name, sizeof(point->type));
	point->filesystem = filesystem;
	point->data = filesystem->attached_mount;
	spin_lock(&filesystem_interface.lock);
	list_add_last(&points, &point->node);
	spin_unlock(&filesystem_interface.lock);
	return 0;
}

static void left(struct registration *registration)
{
	spin_lock(&filesystem_interface.lock);
	list_remove(&filesystem_of(registration)->point.node);
	spin_unlock(&filesystem_interface.lock);
}

struct interface filesystem_interface = {
    .name = "filesystem",
    INTERFACE_OPERATIONS("mount", "unmount", "open", "read", "write", "release", "measure",
			 "status", "list", "remove", "create_directory", "space", "sync"),
    .required = 0x1ed, /* mount open read release measure status list */
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE | INTERFACE_TYPED,
    .absent = -EROFS,
    INTERFACE_ENTRY(filesystem),
    .texts = {ENTRY_TEXT(filesystem, attach)},
    .entering = entering,
    .left = left,
};
EXPORT_SYMBOL(filesystem_interface);

/* The list; an empty one once this module has failed. Lock held. */
static struct list_node *points_locked(void)
{
	static struct list_node none = LIST_INIT(none);

	CHECK(spin_is_held(&filesystem_interface.lock));
	return registration_callable(&root_filesystem.registration) ? &points : &none;
}

static bool stands(const struct point *point)
{
	return point->mounted || registration_callable(&point->filesystem->registration);
}

static struct point *find_point(const char *normal)
{
	struct point *point;

	list_for_each(point, points_locked(), node)
		if (stands(point) && strcmp(point->path, normal) == 0)
			return point;
	return NULL;
}

static int begin_locked(struct target *target, struct point *point, unsigned operation)
{
	CHECK(spin_is_held(&filesystem_interface.lock));
	target->point = point;
	target->below = path_below(target->normal, point->path);
	target->mount = point->mounted ? point : NULL;
	if (!target->mount)
		return call_begin_locked(&target->call, &point->filesystem->registration,
					 operation);
	__atomic_fetch_add(&point->users, 1, __ATOMIC_RELAXED);
	span_call_begin(&target->call, &point->span, operation);
	return 0;
}

int target_begin(struct target *target, const char *path, unsigned operation, const void *caller)
{
	struct point *point, *longest = NULL;
	int error = path_normalise("/", path, target->normal);

	stack_demand(STACK_FOR_CLAIM);
	if (!error && !may_sleep_at(caller))
		error = -EDEADLK;
	if (error)
		return error;
	spin_lock(&filesystem_interface.lock);
	list_for_each(point, points_locked(), node)
		if (stands(point) && path_below(target->normal, point->path) &&
		    (!longest || strlen(point->path) > strlen(longest->path)))
			longest = point;
	error = longest ? begin_locked(target, longest, operation) : -ENODEV;
	spin_unlock(&filesystem_interface.lock);
	return error;
}

void target_end(struct target *target)
{
	call_end(&target->call);
	if (target->mount)
		mount_unuse(target->mount);
}

void mount_unuse(struct point *mount)
{
	/* Release: what was done below it comes before. Pairs with the acquire in file_unmount. */
	__atomic_fetch_sub(&mount->users, 1, __ATOMIC_RELEASE);
}

/* The first point at or below a name in the root. */
static const struct point *first_below(const char *name)
{
	const struct point *point;

	list_for_each(point, points_locked(), node)
		if (stands(point) && path_below(point->path + 1, name))
			return point;
	return NULL;
}

/* Each name once: where the first point stands that begins with it. */
static int root_list(struct filesystem *root, void *mount, const char *path, unsigned index,
		     struct directory_entry *entry)
{
	const struct point *point;
	int error = -ENOENT;

	*entry = (struct directory_entry){.kind = FILE_DIRECTORY};
	if (*path)
		return -ENOENT;
	spin_lock(&filesystem_interface.lock);
	list_for_each(point, points_locked(), node) {
		size_t length = min(strcspn(point->path + 1, "/"), (size_t)NAME_LIMIT);

		strlcpy(entry->name, point->path + 1, length + 1);
		if (length == 0 || first_below(entry->name) != point || index-- > 0)
			continue;
		error = 0;
		break;
	}
	spin_unlock(&filesystem_interface.lock);
	return error;
}

/* A name in it is a directory because something stands below. */
static int root_status(struct filesystem *root, void *mount, const char *path,
		       struct file_status *status)
{
	bool there;

	*status = (struct file_status){.kind = FILE_DIRECTORY};
	spin_lock(&filesystem_interface.lock);
	there = !*path || first_below(path);
	spin_unlock(&filesystem_interface.lock);
	return there ? 0 : -ENOENT;
}

int own_mount(struct filesystem *own, const char *source, void **mount)
{
	return -EROFS;
}

long own_read(struct filesystem *own, void *file, void *buffer, size_t size, uint64_t offset)
{
	return -EINVAL;
}

void own_release(struct filesystem *own, void *file)
{
}

int own_measure(struct filesystem *own, void *file, uint64_t *size)
{
	return -EINVAL;
}

static int root_open(struct filesystem *root, void *mount, const char *path, unsigned flags,
		     void **data)
{
	struct file_status status;
	int error = root_status(root, mount, path, &status);

	return error ? error : -EISDIR;
}

static int root_change(struct filesystem *root, void *mount, const char *path)
{
	return *path ? -ENOENT : -EPERM;
}

static const struct filesystem_operations root_operations = {
    .mount = own_mount,
    .open = root_open,
    .read = own_read,
    .release = own_release,
    .measure = own_measure,
    .status = root_status,
    .list = root_list,
    .remove = root_change,
    .create_directory = root_change,
};
struct filesystem root_filesystem = {.name = "root", .attach = "/", .operations = &root_operations};

/* A mount point is a new name in the root, or a directory. */
static int check_place(const char *normal)
{
	struct file_status status;
	int error;

	if (path_below(normal, "/dev"))
		return -EBUSY;
	error = file_status(normal, &status);
	if (error == -ENOENT && strchr(normal + 1, '/') == NULL)
		return 0;
	if (error)
		return error;
	return status.kind == FILE_DIRECTORY ? 0 : -ENOTDIR;
}

/* Calls the filesystem's mount and opens the span. */
static int begin_mount(struct point *mount, const char *source)
{
	struct call call;
	int error = call_begin_by_name(&call, &filesystem_interface, mount->type,
				       OPERATION(filesystem, mount));

	if (error)
		return -ENODEV;
	mount->filesystem = filesystem_of(call.registration);
	error = (int)call_through(&call, mount->filesystem, source, &mount->data);
	if (!errno_is_result(error))
		error = -EIO;
	if (!error) {
		error = span_open(&mount->span, call.registration, mount->path);
		if (error)
			call_once(call.registration, OPERATION(filesystem, unmount),
				  mount->filesystem, mount->data);
	}
	call_end(&call);
	return error;
}

static void end_mount(struct point *mount)
{
	span_call(&mount->span, OPERATION(filesystem, unmount), mount->filesystem, mount->data);
	span_close(&mount->span);
}

/* Two may mount at the same path: the second finds the first. */
static int publish(struct point *mount)
{
	int error = 0;

	spin_lock(&filesystem_interface.lock);
	if (find_point(mount->path))
		error = -EBUSY;
	else
		list_add_last(&points, &mount->node);
	spin_unlock(&filesystem_interface.lock);
	if (error)
		end_mount(mount);
	return error;
}

int file_mount(const char *type, const char *source, const char *path)
{
	char normal[PATH_LIMIT + 1];
	struct point *mount;
	int error = path_normalise("/", path, normal);

	stack_demand(STACK_FOR_CLAIM);
	touch_texts(&source, 1); /* a wild one faults in the caller's account */
	if (!error && strnlen(type, NAME_LIMIT + 1) > NAME_LIMIT)
		error = -ENODEV;
	if (!error)
		error = check_place(normal);
	if (error)
		return error;
	mount = heap_alloc_zeroed(sizeof(*mount));
	if (!mount)
		return -ENOMEM;
	mount->mounted = true;
	strlcpy(mount->path, normal, sizeof(mount->path));
	strlcpy(mount->type, type, sizeof(mount->type));
	error = begin_mount(mount, source);
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
	struct point *mount;
	int error = path_normalise("/", path, normal);

	stack_demand(STACK_FOR_CLAIM);
	if (error)
		return error;
	spin_lock(&filesystem_interface.lock);
	mount = find_point(normal);
	if (!mount || !mount->mounted)
		error = -EINVAL;
	else if (__atomic_load_n(&mount->users, __ATOMIC_ACQUIRE) > 0)
		error = -EBUSY;
	else
		list_remove(&mount->node);
	spin_unlock(&filesystem_interface.lock);
	if (error)
		return error;
	end_mount(mount);
	heap_free(mount);
	return 0;
}
EXPORT_SYMBOL(file_unmount);

int mount_describe(unsigned index, char *path, size_t path_size, char *type, size_t type_size)
{
	const struct point *point;
	int error = -ENOENT;

	index += OWN_POINTS;
	memset(path, 0, path_size);
	memset(type, 0, type_size);
	spin_lock(&filesystem_interface.lock);
	list_for_each(point, points_locked(), node) {
		if (!stands(point) || index-- > 0)
			continue;
		strlcpy(path, point->path, path_size);
		strlcpy(type, point->type, type_size);
		error = 0;
		break;
	}
	spin_unlock(&filesystem_interface.lock);
	return error;
}
EXPORT_SYMBOL(mount_describe);
