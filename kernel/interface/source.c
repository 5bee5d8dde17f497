/*
 * Interface `source`: a path leads to bytes by way of a module, in one call, so that the module
 * looks it up once. It says how many there are and is given room for them: the memory is the
 * kernel's, and a size is compared with the limit before any is taken. Paths of callers are read
 * before the call, so that a wild pointer faults in the caller's account and not in the source's.
 */
#include <kernel/source.h>

#include <string.h>

#include <kernel/heap.h>

#include <bus/call.h>

struct interface source_interface = {
    .name = "source",
    INTERFACE_OPERATIONS("load", "list"),
    .required = 3,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_SINGLE,
    INTERFACE_ENTRY(source),
};

/* One source_load, on its stack. */
struct source_request {
	uint64_t limit, size;
	struct module *owner;
	void *bytes; /* NULL: no room has been given yet */
};

int source_room(struct source_request *request, uint64_t size, void **room)
{
	*room = NULL;
	if (request->bytes)
		return -EINVAL;
	request->size = size;
	if (size > request->limit)
		return -E2BIG;
	request->bytes = heap_alloc_at(max(size, (uint64_t)1), request->owner, HERE);
	*room = request->bytes;
	return *room ? 0 : -ENOMEM;
}

int source_load(const char *path, uint64_t limit, struct module *owner, void **bytes, size_t *size)
{
	struct source_request request = {.limit = limit, .owner = owner};
	struct call call;
	int error;

	*bytes = NULL; /* a wild pointer faults here */
	*size = 0;
	if (strnlen(path, PATH_LIMIT + 1) > PATH_LIMIT)
		return -ENAMETOOLONG;
	if (call_begin_first(&call, &source_interface, OPERATION(source, load)))
		return -ENOSYS;
	error = (int)call_through(
	    &call, container_of(call.registration, struct source, registration), path, &request);
	call_end(&call);
	if (!errno_is_result(error) || (!error && !request.bytes))
		error = -EIO;
	*size = request.size;
	if (error)
		heap_free(request.bytes);
	else
		*bytes = request.bytes;
	return error;
}
