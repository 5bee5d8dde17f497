/*
 * Interface `sink`: output on its way to a path. An open one is a span on the module that takes it,
 * so writing costs no look-up, and after failure or force it answers ENODEV.
 */
#include <kernel/sink.h>

#include <string.h>

#include <lib/touch.h>

#include <kernel/booking.h>
#include <kernel/heap.h>
#include <kernel/open_set.h>
#include <kernel/source.h>

struct sink_file {
	struct open_node open;
	struct span span;
	struct booking booking;
	struct sink *sink;	   /* [I] used only by calls in the span */
	void *data;		   /* [I] what the sink's open returned */
	char path[PATH_LIMIT + 1]; /* [I] */
};

struct interface sink_interface = {
    .name = "sink",
    INTERFACE_OPERATIONS("open", "write", "release"),
    .required = 7,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_SINGLE,
    INTERFACE_ENTRY(sink),
};
EXPORT_SYMBOL(sink_interface);

static struct open_set open_sinks = OPEN_SET_INIT(open_sinks, "an output");

static int begin_open(struct call *call)
{
	struct registration *registration;
	int error = -ENOSYS;

	spin_lock(&sink_interface.lock);
	registration = registration_nth_locked(&sink_interface, 0);
	if (registration && call_begin_locked(call, registration, OPERATION(sink, open)) == 0)
		error = 0;
	spin_unlock(&sink_interface.lock);
	return error;
}

/* Calls the sink's open and opens the span. */
static int begin(struct sink_file *file, bool append, uint64_t *end)
{
	struct call call;
	int error = begin_open(&call);

	if (error)
		return error;
	file->sink = container_of(call.registration, struct sink, registration);
	error = (int)call_through(&call, file->sink, file->path, append, end, &file->data);
	if (!errno_is_result(error))
		error = -EIO;
	if (!error) {
		error = span_open(&file->span, call.registration, file->path);
		if (error)
			call_once(call.registration, OPERATION(sink, release), file->sink,
				  file->data);
	}
	call_end(&call);
	return error;
}

/* Everything but the booking. */
static void end(struct sink_file *file)
{
	span_call(&file->span, OPERATION(sink, release), file->sink, file->data);
	span_close(&file->span);
	heap_free(file);
}

static void end_forgotten(struct booking *booking)
{
	struct sink_file *file = container_of(booking, struct sink_file, booking);

	if (open_set_take(&open_sinks, &file->open))
		end(file);
}

int sink_open_at(const char *path, bool append, struct module *owner,
		 const struct source_location *place, struct sink_file **opened, uint64_t *ends)
{
	uint64_t offset = 0;
	struct sink_file *file;
	int error = -ENAMETOOLONG;

	touch(path, strnlen(path, PATH_LIMIT) + 1);
	file = heap_alloc_zeroed(sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->booking = (struct booking){
	    .place = place, .kind = "output to", .name = file->path, .end = end_forgotten};
	if (strlcpy(file->path, path, sizeof(file->path)) < sizeof(file->path))
		error = begin(file, append, &offset);
	if (error) {
		heap_free(file);
		return error;
	}
	error = booking_add(&file->booking, owner);
	if (error) {
		end(file);
		return error;
	}
	open_set_add(&open_sinks, &file->open);
	*opened = file;
	*ends = append ? offset : 0;
	return 0;
}
EXPORT_SYMBOL(sink_open_at);

/* Some of the bytes, at least one: how many. What the sink says is not taken on trust. */
static long write_some(struct sink_file *file, const char *bytes, size_t size, uint64_t offset)
{
	struct call call;
	long put;

	span_call_begin(&call, &file->span, OPERATION(sink, write));
	put = call_through(&call, file->sink, file->data, bytes, size, offset);
	if (put <= 0 ? put == 0 || !errno_is_result(put) : (size_t)put > size) {
		printk(KERN_ERR "%s: write to %pE, %zu bytes, returned %ld\n",
		       module_name(call.owner), file->path, size, put);
		put = -EIO;
	}
	call_end(&call);
	return put;
}

int sink_write(struct sink_file *file, const void *bytes, size_t size, uint64_t offset)
{
	touch(bytes, size); /* or it would be a fault of the sink's */
	for (size_t done = 0; done < size;) {
		long put = write_some(file, (const char *)bytes + done, size - done, offset + done);

		if (put < 0)
			return (int)put;
		done += (size_t)put;
	}
	return 0;
}
EXPORT_SYMBOL(sink_write);

void sink_close(struct sink_file *file)
{
	if (!open_set_take_for(&open_sinks, &file->open, __builtin_return_address(0)))
		return;
	booking_remove(&file->booking);
	end(file);
}
EXPORT_SYMBOL(sink_close);
