/*
 * Text that grows while a file is being opened, and is read afterwards. It grows by doubling, and
 * stays what it was when memory is short.
 */
#include <stdarg.h>
#include <string.h>

#include <lib/format.h>

#include <kernel/heap.h>
#include <kernel/module.h>

#include "sys.h"

static bool grow(struct snapshot *snapshot, size_t wanted)
{
	size_t room = max(snapshot->room, (size_t)256);
	char *bytes;

	while (room < wanted)
		room *= 2;
	bytes = heap_alloc(room);
	if (!bytes)
		return false;
	memcpy(bytes, snapshot->bytes, snapshot->used);
	heap_free(snapshot->bytes);
	snapshot->bytes = bytes;
	snapshot->room = room;
	return true;
}

void snapshot_print(struct snapshot *snapshot, const char *format, ...)
{
	char text[640];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = (size_t)format_text_v(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = min(length, sizeof(text) - 1);
	if (!snapshot->failed && length > snapshot->room - snapshot->used)
		snapshot->failed = !grow(snapshot, snapshot->used + length);
	if (snapshot->failed)
		return;
	memcpy(snapshot->bytes + snapshot->used, text, length);
	snapshot->used += length;
}

long snapshot_read(struct filesystem *filesystem, void *file, void *buffer, size_t size,
		   uint64_t offset)
{
	const struct snapshot *snapshot = file;

	if (offset >= snapshot->used)
		return 0;
	size = min(size, snapshot->used - (size_t)offset);
	memcpy(buffer, snapshot->bytes + offset, size);
	return (long)size;
}

int snapshot_measure(struct filesystem *filesystem, void *file, uint64_t *size)
{
	*size = ((const struct snapshot *)file)->used;
	return 0;
}

void snapshot_release(struct filesystem *filesystem, void *file)
{
	struct snapshot *snapshot = file;

	heap_free(snapshot->bytes);
	heap_free(snapshot);
}
