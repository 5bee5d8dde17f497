/*
 * Files by path. Open files are spans: reading one takes no reference and no look-up, and one whose
 * module has been forced out or has failed answers ENODEV.
 */
#include <files/file.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/heap.h>
#include <kernel/module.h>
#include <kernel/open_set.h>
#include <kernel/stack.h>

#include "file_internal.h"

/* Relative to open. */
enum file_operation {
	READ = 1,
	WRITE,
	RELEASE,
};
#define IN_ORDER(kind)                                                                             \
	(OPERATION(kind, read) == OPERATION(kind, open) + READ &&                                  \
	 OPERATION(kind, write) == OPERATION(kind, open) + WRITE &&                                \
	 OPERATION(kind, release) == OPERATION(kind, open) + RELEASE)
_Static_assert(IN_ORDER(node) && IN_ORDER(filesystem), "struct file says where they begin");

static struct open_set open_files = OPEN_SET_INIT(open_files, "a file");

/* The span comes first: when there is no memory for it, no file has been made. */
static int open_file(struct file *file, struct target *target)
{
	int error = span_open(&file->span, target->call.registration, file->path);

	if (error)
		return error;
	error = (int)call_through(&target->call, target->point->filesystem, target->point->data,
				  target->below, file->flags, &file->data);
	if (error) {
		span_close(&file->span);
		return errno_is_result(error) ? error : -EIO;
	}
	if (file->self) /* /dev has opened a node */
		return 0;
	file->self = target->point->filesystem;
	file->second = file->data;
	file->open = OPERATION(filesystem, open);
	if (target->mount) {
		file->mount = target->mount; /* the use stays with the open file */
		target->mount = NULL;
	}
	return 0;
}

/* Everything but the booking. */
static void close_file(struct file *file)
{
	span_call(&file->span, file->open + RELEASE, file->self, file->second);
	span_close(&file->span);
	if (file->mount)
		mount_unuse(file->mount);
	heap_free(file);
}

static void close_forgotten(struct booking *booking)
{
	struct file *file = container_of(booking, struct file, booking);

	if (open_set_take(&open_files, &file->open_node))
		close_file(file);
}

int file_open_at(const char *path, unsigned flags, struct module *owner,
		 const struct source_location *place, struct file **opened)
{
	struct target target;
	struct file *file;
	int error;

	touch(owner, sizeof(*owner));
	error = target_begin(&target, path, OPERATION(filesystem, open), CALLER);
	if (error)
		return error;
	file = heap_alloc_zeroed(sizeof(*file));
	error = -ENOMEM;
	if (file) {
		file->booking = (struct booking){
		    .place = place, .kind = "file", .name = file->path, .end = close_forgotten};
		file->flags = flags;
		strlcpy(file->path, target.normal, sizeof(file->path));
		error = open_file(file, &target);
	}
	target_end(&target);
	if (error) {
		heap_free(file);
		return error;
	}
	open_set_add(&open_files, &file->open_node);
	error = booking_add(&file->booking, owner);
	if (!error)
		*opened = file;
	else if (open_set_take(&open_files, &file->open_node))
		close_file(file);
	return error;
}
EXPORT_SYMBOL(file_open_at);

static long transfer(struct file *file, enum file_operation operation, void *buffer, size_t size,
		     uint64_t offset)
{
	struct call call;
	long result;

	/* A wild buffer faults in the caller's account. */
	if (operation == READ)
		touch_to_write(buffer, size);
	else
		touch(buffer, size);
	span_call_begin(&call, &file->span, file->open + operation);
	result = call_through(&call, file->self, file->second, buffer, size, offset);
	/* What a module says it has moved is not taken on trust. */
	if (result < 0 ? !errno_is_result(result) : (size_t)result > size) {
		printk(KERN_ERR "%s: %s of %pE, %zu bytes, returned %ld\n", module_name(call.owner),
		       operation == READ ? "read" : "write", file->path, size, result);
		result = -EIO;
	}
	call_end(&call);
	return result;
}

long file_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	return file->flags & FILE_READ ? transfer(file, READ, buffer, size, offset) : -EBADF;
}
EXPORT_SYMBOL(file_read);

long file_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	return file->flags & FILE_WRITE ? transfer(file, WRITE, (void *)buffer, size, offset)
					: -EBADF;
}
EXPORT_SYMBOL(file_write);

void file_close(struct file *file)
{
	stack_demand(STACK_FOR_CLAIM);
	if (!open_set_take_for(&open_files, &file->open_node, CALLER))
		return;
	booking_remove(&file->booking);
	close_file(file);
}
EXPORT_SYMBOL(file_close);

/* One call of an operation that takes a path: (filesystem, mount, path, @a, @b). */
static int path_call(const char *path, unsigned operation, uint64_t a, void *b, const void *caller)
{
	struct target target;
	int error = target_begin(&target, path, operation, caller);

	if (error)
		return error;
	error = (int)call_through(&target.call, target.point->filesystem, target.point->data,
				  target.below, a, b);
	target_end(&target);
	return errno_is_result(error) ? error : -EIO;
}

static bool is_kind(enum file_kind kind)
{
	return kind == FILE_REGULAR || kind == FILE_DIRECTORY || kind == FILE_DEVICE;
}

int file_status(const char *path, struct file_status *status)
{
	int error;

	*status = (struct file_status){.kind = FILE_DIRECTORY};
	error = path_call(path, OPERATION(filesystem, status), (uint64_t)status, NULL, CALLER);
	return !error && !is_kind(status->kind) ? -EIO : error;
}
EXPORT_SYMBOL(file_status);

int directory_read(const char *path, unsigned index, struct directory_entry *entry)
{
	int error;

	*entry = (struct directory_entry){.kind = FILE_REGULAR};
	error = path_call(path, OPERATION(filesystem, list), index, entry, CALLER);
	entry->name[NAME_LIMIT] = '\0';
	return !error && !is_kind(entry->kind) ? -EIO : error;
}
EXPORT_SYMBOL(directory_read);

int file_remove(const char *path)
{
	return path_call(path, OPERATION(filesystem, remove), 0, NULL, CALLER);
}
EXPORT_SYMBOL(file_remove);

int directory_create(const char *path)
{
	return path_call(path, OPERATION(filesystem, create_directory), 0, NULL, CALLER);
}
EXPORT_SYMBOL(directory_create);

int file_space(const char *path, struct file_space *space)
{
	int error;

	*space = (struct file_space){0};
	error = path_call(path, OPERATION(filesystem, space), (uint64_t)space, NULL, CALLER);
	return !error && space->used > space->total ? -EIO : error;
}
EXPORT_SYMBOL(file_space);

/* A filesystem without the operation has nothing to lose. */
int file_sync(const char *path)
{
	int error = path_call(path, OPERATION(filesystem, sync), 0, NULL, CALLER);

	return error == -EROFS ? 0 : error;
}
EXPORT_SYMBOL(file_sync);

int file_read_all(struct file *file, void *buffer, size_t size)
{
	for (size_t done = 0; done < size;) {
		long got = file_read(file, (char *)buffer + done, size - done, done);

		if (got <= 0)
			return got < 0 ? (int)got : -EIO;
		done += (size_t)got;
	}
	return 0;
}
EXPORT_SYMBOL(file_read_all);

int file_size(struct file *file, uint64_t *size)
{
	int error;

	*size = 0;
	if (file->open != OPERATION(filesystem, open))
		return -ENXIO;
	error = (int)span_call(&file->span, OPERATION(filesystem, measure), file->self,
			       file->second, size);
	return errno_is_result(error) ? error : -EIO;
}
EXPORT_SYMBOL(file_size);

int file_load(const char *path, struct module *owner, void **bytes, size_t *size)
{
	struct file *file;
	uint64_t length;
	void *memory = NULL;
	int error;

	stack_demand(STACK_FOR_CLAIM + STACK_ROOM / 2);
	touch(owner, sizeof(*owner));
	error = file_open(path, FILE_READ, &file);
	if (error)
		return error;
	error = file_size(file, &length);
	if (!error) {
		memory = heap_alloc_at(max(length, (uint64_t)1), owner, HERE);
		error = memory ? file_read_all(file, memory, length) : -ENOMEM;
	}
	file_close(file);
	if (error) {
		heap_free(memory);
		return error;
	}
	*bytes = memory;
	*size = length;
	return 0;
}
EXPORT_SYMBOL(file_load);
