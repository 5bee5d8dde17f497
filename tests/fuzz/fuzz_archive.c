/* The cpio reader: entries lie inside the archive, the position moves, and finding agrees. */
#include "fuzz.h"

#include <string.h>

#include <archive.h>
#include <lib/errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive_entry entry, found;
	size_t position = 0, before = 0;
	int error;

	while ((error = archive_next(data, size, &position, &entry)) == 0) {
		FUZZ_CHECK(position > before && position <= size);
		before = position;
		FUZZ_CHECK(entry.name_length > 0 && entry.name_length <= ARCHIVE_NAME_MAX);
		FUZZ_CHECK(strlen(entry.name) == entry.name_length);
		FUZZ_CHECK(entry.name[0] != '/');
		FUZZ_CHECK(fuzz_inside(entry.name, entry.name_length + 1, data, size));
		FUZZ_CHECK(fuzz_inside(entry.bytes, entry.size, data, size));
		fuzz_touch(entry.bytes, entry.size);
		FUZZ_CHECK(archive_find(data, size, entry.name, &found) == 0);
		FUZZ_CHECK(found.name <= entry.name && strcmp(found.name, entry.name) == 0);
	}
	FUZZ_CHECK(error == -ENOENT || error == -EINVAL);
	FUZZ_CHECK(archive_next(data, size, &position, &entry) == error);
	return 0;
}
