/*
 * Interface `source`: a path leads to bytes by way of a module, which looks it up once. What the
 * module says is held to its bounds here: the memory is the kernel's, and a size is compared with
 * the limit before any is taken. Paths of callers are read before the call, so that a wild pointer
 * faults in the caller's account and not in the source's.
 */
#include <kernel/source.h>

#include <string.h>

#include <kernel/heap.h>

#include <bus/call.h>

struct interface source_interface = {
    .name = "source",
    INTERFACE_OPERATIONS("open", "read", "release", "list"),
    .required = 15,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_SINGLE,
    INTERFACE_ENTRY(source),
};
EXPORT_SYMBOL(source_interface);

/* A file on its way into memory. */
struct reading {
	struct span span;
	struct source *source; /* used only by calls in the span */
	void *data;	       /* what the source's open returned */
	uint64_t size;
};

/* Calls the source's open and opens the span. */
static int open_file(struct reading *reading, const char *path)
{
	struct call call;
	int error;

	if (strnlen(path, PATH_LIMIT + 1) > PATH_LIMIT)
		return -ENAMETOOLONG;
	if (call_begin_first(&call, &source_interface, OPERATION(source, open)))
		return -ENOSYS;
	reading->source = container_of(call.registration, struct source, registration);
	error = (int)call_through(&call, reading->source, path, &reading->size, &reading->data);
	if (!errno_is_result(error))
		error = -EIO;
	if (!error) {
		error = span_open(&reading->span, call.registration, "a file that is read");
		if (error)
			call_once(call.registration, OPERATION(source, release), reading->source,
				  reading->data);
	}
	call_end(&call);
	return error;
}

static int read_all(struct reading *reading, void *buffer)
{
	long got = span_call(&reading->span, OPERATION(source, read), reading->source,
			     reading->data, buffer, reading->size);

	if (got < 0 && errno_is_result((int)got))
		return (int)got;
	return got == (long)reading->size ? 0 : -EIO;
}

static int read_new(struct reading *reading, uint64_t limit, struct module *owner, void **bytes)
{
	void *memory;
	int error;

	if (reading->size > limit)
		return -E2BIG;
	memory = heap_alloc_at(max(reading->size, (uint64_t)1), owner, HERE);
	if (!memory)
		return -ENOMEM;
	error = read_all(reading, memory);
	if (error)
		heap_free(memory);
	else
		*bytes = memory;
	return error;
}

int source_load(const char *path, uint64_t limit, struct module *owner, void **bytes, size_t *size)
{
	struct reading reading = {0};
	int error;

	*bytes = NULL; /* a wild pointer faults before the span is open, which is on this stack */
	*size = 0;
	error = open_file(&reading, path);
	if (error)
		return error;
	*size = reading.size;
	error = read_new(&reading, limit, owner, bytes);
	span_call(&reading.span, OPERATION(source, release), reading.source, reading.data);
	span_close(&reading.span);
	return error;
}
EXPORT_SYMBOL(source_load);
