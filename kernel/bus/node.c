/*
 * Interface `node`: the entries of /dev. An open node is a span on its registration, so reading
 * costs no look-up and no reference.
 */
#include <kernel/file.h>

#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>

#include "bus_internal.h"
#include "file_internal.h"

static const char *const operation_names[] = {"open", "read", "write", "release"};

static int dead_open(struct node *node, void **file_private)
{
	return -ENODEV;
}

static long dead_read(struct node *node, void **file_private, void *buffer, size_t size,
		      uint64_t offset)
{
	return -ENODEV;
}

static long dead_write(struct node *node, void **file_private, const void *buffer, size_t size,
		       uint64_t offset)
{
	return -ENODEV;
}

static const struct node_operations dead_operations = {
    .open = dead_open,
    .read = dead_read,
    .write = dead_write,
};

static struct interface node_interface = {
    .name = "node",
    .operations = operation_names,
    .operation_count = 4,
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE,
    .dead_operations = &dead_operations,
};

REGISTRATION_FUNCTIONS(node, true, entry->operations);

static int release(struct file *file, struct call *call, const struct node_operations *operations)
{
	if (operations->release)
		call_through(call, operations->release, (uint64_t)file->node, (uint64_t)&file->data,
			     0, 0, 0);
	return -ENODEV;
}

int node_open(struct file *file, const char *name)
{
	const struct node_operations *operations;
	struct call call;
	int error = call_begin_by_name(&call, &node_interface, name, "open");

	if (error)
		return error;
	file->node = container_of(call.registration, struct node, registration);
	operations = call.registration->operations;
	if (operations->open)
		error = (int)call_through(&call, operations->open, (uint64_t)file->node,
					  (uint64_t)&file->data, 0, 0, 0);
	if (error > 0)
		error = -EIO;
	if (!error && span_open(&file->span, call.registration, file->path) != 0)
		error = release(file, &call, operations);
	call_end(&call);
	return error;
}

long node_read(struct file *file, void *buffer, size_t size, uint64_t offset)
{
	const struct node_operations *operations;
	struct call call;
	long result = -EINVAL;

	span_call_begin(&call, &file->span, "read");
	operations = file->span.operations;
	if (operations->read)
		result = call_through(&call, operations->read, (uint64_t)file->node,
				      (uint64_t)&file->data, (uint64_t)buffer, size, offset);
	call_end(&call);
	return result;
}

long node_write(struct file *file, const void *buffer, size_t size, uint64_t offset)
{
	const struct node_operations *operations;
	struct call call;
	long result = -EINVAL;

	span_call_begin(&call, &file->span, "write");
	operations = file->span.operations;
	if (operations->write)
		result = call_through(&call, operations->write, (uint64_t)file->node,
				      (uint64_t)&file->data, (uint64_t)buffer, size, offset);
	call_end(&call);
	return result;
}

void node_close(struct file *file)
{
	struct call call;

	span_call_begin(&call, &file->span, "release");
	release(file, &call, file->span.operations);
	call_end(&call);
	span_close(&file->span);
}

int node_status(const char *name, struct file_status *status)
{
	struct call call;
	int error = call_begin_by_name(&call, &node_interface, name, "look");

	if (error)
		return error;
	call_end(&call);
	*status = (struct file_status){.kind = FILE_DEVICE};
	return 0;
}

int node_list(unsigned index, struct directory_entry *entry)
{
	struct registration *registration;
	int error = -ENOENT;

	spin_lock(&node_interface.lock);
	list_for_each(registration, &node_interface.registrations, in_interface) {
		if (!registration_callable(registration) || index-- > 0)
			continue;
		*entry = (struct directory_entry){.kind = FILE_DEVICE};
		format_text(entry->name, sizeof(entry->name), "%s", registration->name);
		error = 0;
		break;
	}
	spin_unlock(&node_interface.lock);
	return error;
}

static long null_read(struct node *node, void **file_private, void *buffer, size_t size,
		      uint64_t offset)
{
	return 0;
}

static long null_write(struct node *node, void **file_private, const void *buffer, size_t size,
		       uint64_t offset)
{
	return (long)size;
}

static long zero_read(struct node *node, void **file_private, void *buffer, size_t size,
		      uint64_t offset)
{
	memset(buffer, 0, size);
	return (long)size;
}

static const struct node_operations null_operations = {.read = null_read, .write = null_write};
static const struct node_operations zero_operations = {.read = zero_read, .write = null_write};
static struct node null_node = {.name = "null", .operations = &null_operations};
static struct node zero_node = {.name = "zero", .operations = &zero_operations};

void bus_node_init(void)
{
	interface_register(&node_interface);
	node_register(&null_node);
	node_register(&zero_node);
}
