/*
 * The cpio "newc" reader. Every entry is a header of 110 ASCII characters, a name and the bytes,
 * the latter two padded so that what follows stands at a multiple of four. Its one rule: no offset
 * is used before bytes_in_range has seen it.
 */
#include "archive.h"

#include <string.h>

#include <lib/bytes.h>
#include <lib/errno.h>

#define HEADER_SIZE 110
#define FIELD(index) (6 + 8 * (index)) /* behind the magic, 13 fields of 8 hexadecimal digits */
#define FIELD_MODE FIELD(1)
#define FIELD_TIME FIELD(5)
#define FIELD_FILE_SIZE FIELD(6)
#define FIELD_NAME_SIZE FIELD(11)

#define MODE_KIND 0170000
#define MODE_DIRECTORY 0040000
#define MODE_FILE 0100000

static bool read_field(const char *digits, uint32_t *value)
{
	uint32_t result = 0;

	for (int i = 0; i < 8; i++) {
		char digit = digits[i];

		if (digit >= '0' && digit <= '9')
			result = result << 4 | (uint32_t)(digit - '0');
		else if (digit >= 'a' && digit <= 'f')
			result = result << 4 | (uint32_t)(digit - 'a' + 10);
		else if (digit >= 'A' && digit <= 'F')
			result = result << 4 | (uint32_t)(digit - 'A' + 10);
		else
			return false;
	}
	*value = result;
	return true;
}

/* The entry at @position as it stands, and where the next one is. */
static int read_entry(const char *bytes, size_t size, size_t position, struct archive_entry *entry,
		      size_t *next)
{
	const char *header = bytes + position;
	uint32_t name_size, file_size;
	uint64_t data;

	if (!bytes_in_range(position, HEADER_SIZE, size) || memcmp(header, "070701", 6) != 0)
		return -EINVAL;
	if (!read_field(header + FIELD_MODE, &entry->mode) ||
	    !read_field(header + FIELD_TIME, &entry->time) ||
	    !read_field(header + FIELD_FILE_SIZE, &file_size) ||
	    !read_field(header + FIELD_NAME_SIZE, &name_size))
		return -EINVAL;
	if (name_size < 2 || name_size > ARCHIVE_NAME_MAX + 1 ||
	    !bytes_in_range(position + HEADER_SIZE, name_size, size))
		return -EINVAL;
	entry->name = header + HEADER_SIZE;
	entry->name_length = name_size - 1;
	if (strnlen(entry->name, name_size) != entry->name_length)
		return -EINVAL;
	data = align_up((uint64_t)position + HEADER_SIZE + name_size, 4);
	if (!bytes_in_range(data, file_size, size))
		return -EINVAL;
	entry->bytes = (const uint8_t *)bytes + data;
	entry->size = file_size;
	entry->is_directory = (entry->mode & MODE_KIND) == MODE_DIRECTORY;
	entry->is_file = (entry->mode & MODE_KIND) == MODE_FILE;
	*next = (size_t)min(align_up(data + file_size, 4), (uint64_t)size);
	return 0;
}

/* Without "/" and "./" in front; nothing is left of ".", "./" and "/". */
static void strip_root(struct archive_entry *entry)
{
	const char *name = entry->name;

	while (name[0] == '/' || (name[0] == '.' && (name[1] == '/' || name[1] == '\0')))
		name++;
	entry->name_length -= (size_t)(name - entry->name);
	entry->name = name;
}

int archive_next(const void *bytes, size_t size, size_t *position, struct archive_entry *entry)
{
	for (;;) {
		size_t next;
		int error = read_entry(bytes, size, *position, entry, &next);

		if (error)
			return error;
		if (strcmp(entry->name, "TRAILER!!!") == 0)
			return -ENOENT;
		*position = next;
		strip_root(entry);
		if (entry->name_length > 0)
			return 0;
	}
}

int archive_find(const void *bytes, size_t size, const char *name, struct archive_entry *entry)
{
	size_t position = 0;

	while (archive_next(bytes, size, &position, entry) == 0) {
		if (strcmp(entry->name, name) == 0)
			return 0;
	}
	return -ENOENT;
}
