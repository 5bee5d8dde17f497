/*
 * Interface `source`: a path leads to bytes by way of a module. What the module says is held to its
 * bounds here: the memory is the kernel's, a size is compared with the limit before any is taken, a
 * name ends where its array does. Paths of callers are read before the call, so that a wild pointer
 * faults in the caller's account and not in the source's.
 */
#include <kernel/source.h>

#include <string.h>

#include <kernel/heap.h>

#include <bus/call.h>

struct interface source_interface = {
    .name = "source",
    INTERFACE_OPERATIONS("measure", "read", "list"),
    .required = 7,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_SINGLE,
    INTERFACE_ENTRY(source),
};
EXPORT_SYMBOL(source_interface);

static int begin(struct call *call, const char *path, unsigned operation)
{
	if (strnlen(path, PATH_LIMIT + 1) > PATH_LIMIT)
		return -ENAMETOOLONG;
	return call_begin_match(call, &source_interface, 0, NULL, NULL, operation) ? -ENOSYS : 0;
}

static struct source *source_of(const struct call *call)
{
	return container_of(call->registration, struct source, registration);
}

static int measure(const char *path, uint64_t *size)
{
	struct call call;
	int error = begin(&call, path, OPERATION(source, measure));

	if (error)
		return error;
	*size = 0;
	error = (int)call_through(&call, source_of(&call), path, size);
	call_end(&call);
	return errno_is_result(error) ? error : -EIO;
}

static int read_all(const char *path, void *buffer, uint64_t size)
{
	struct call call;
	int error = begin(&call, path, OPERATION(source, read));
	long got;

	if (error)
		return error;
	got = call_through(&call, source_of(&call), path, buffer, size);
	call_end(&call);
	if (got < 0 && errno_is_result((int)got))
		return (int)got;
	return got == (long)size ? 0 : -EIO;
}

int source_load(const char *path, uint64_t limit, struct module *owner, void **bytes, size_t *size)
{
	void *memory;
	int error = measure(path, size);

	if (error)
		return error;
	if (*size > limit)
		return -E2BIG;
	memory = heap_alloc_at(max(*size, (uint64_t)1), owner, PLACE);
	if (!memory)
		return -ENOMEM;
	error = read_all(path, memory, *size);
	if (error)
		heap_free(memory);
	else
		*bytes = memory;
	return error;
}
EXPORT_SYMBOL(source_load);

int source_list(const char *path, unsigned index, struct source_name *name)
{
	struct source_name given = {0};
	struct call call;
	int error = begin(&call, path, OPERATION(source, list));

	if (error)
		return error;
	error = (int)call_through(&call, source_of(&call), path, index, &given);
	call_end(&call);
	given.name[NAME_LIMIT] = '\0';
	*name = given;
	return errno_is_result(error) ? error : -EIO;
}
EXPORT_SYMBOL(source_list);
