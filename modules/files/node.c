/*
 * Interface `node`, and the filesystem at /dev whose files the nodes are. An open node is a span on
 * its registration, so reading costs no look-up and no reference.
 */
#include <string.h>

#include <lib/format.h>

#include <kernel/module.h>

#include "file_internal.h"

struct interface node_interface = {
    .name = "node",
    INTERFACE_OPERATIONS("open", "read", "write", "release"),
    .context = INTERFACE_THREAD,
    .flags = INTERFACE_UNIQUE | INTERFACE_TYPED,
    .absent = -EINVAL,
    INTERFACE_ENTRY(node),
};
EXPORT_SYMBOL(node_interface);

/* @data is an open file's, and the span is the node's. */
static int dev_open(struct filesystem *dev, void *mount, const char *path, unsigned flags,
		    void **data)
{
	struct file *file = container_of(data, struct file, data);
	struct call call;
	int error = -EISDIR;

	if (*path)
		error = call_begin_by_name(&call, &node_interface, path, OPERATION(node, open));
	if (error)
		return error;
	file->self = container_of(call.registration, struct node, registration);
	file->second = &file->data;
	file->open = OPERATION(node, open);
	if (call.function)
		error = (int)call_through(&call, file->self, file->second);
	if (!errno_is_result(error))
		error = -EIO;
	if (!error) {
		span_close(&file->span); /* that on /dev: the node's comes in its place */
		error = span_open(&file->span, call.registration, file->path);
		if (error)
			call_once(call.registration, OPERATION(node, release), file->self,
				  file->second);
	}
	call_end(&call);
	return error;
}

static int dev_status(struct filesystem *dev, void *mount, const char *path,
		      struct file_status *status)
{
	struct call call;
	int error;

	*status = (struct file_status){.kind = *path ? FILE_DEVICE : FILE_DIRECTORY};
	if (!*path)
		return 0;
	error = call_begin_by_name(&call, &node_interface, path, OPERATION(node, open));
	if (!error)
		call_end(&call);
	return error;
}

static int dev_list(struct filesystem *dev, void *mount, const char *path, unsigned index,
		    struct directory_entry *entry)
{
	const struct registration *registration;

	*entry = (struct directory_entry){.kind = FILE_DEVICE};
	spin_lock(&node_interface.lock);
	registration = *path ? NULL : registration_nth_locked(&node_interface, index);
	if (registration)
		format_text(entry->name, sizeof(entry->name), "%s", registration->name);
	spin_unlock(&node_interface.lock);
	return registration ? 0 : -ENOENT;
}

static int dev_change(struct filesystem *dev, void *mount, const char *path)
{
	return -EPERM;
}

static const struct filesystem_operations dev_operations = {
    .mount = own_mount,
    .open = dev_open,
    .read = own_read,
    .release = own_release,
    .measure = own_measure,
    .status = dev_status,
    .list = dev_list,
    .remove = dev_change,
    .create_directory = dev_change,
};
static struct filesystem dev_filesystem = {
    .name = "dev", .attach = "/dev", .operations = &dev_operations};

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

int dev_register(void)
{
	int error = filesystem_register(&dev_filesystem);

	if (!error)
		error = node_register(&null_node);
	return error ? error : node_register(&zero_node);
}

void dev_unregister(void)
{
	node_unregister(&zero_node);
	node_unregister(&null_node);
	filesystem_unregister(&dev_filesystem);
}
