/* The cpio reader: good archives, and each field wrong in turn. */
#include "test.h"

#include <stdio.h>

#include <archive.h>
#include <lib/errno.h>

static uint8_t built[4096];
static size_t built_size;

/* Adds an entry; name_size may lie. */
static void add_raw(const char *name, unsigned name_size, const char *data, unsigned size,
		    unsigned mode)
{
	size_t length = strlen(name) + 1;

	built_size +=
	    (size_t)sprintf((char *)built + built_size,
			    "070701%08X%08X%08X%08X%08X%08x%08x%08X%08X%08X%08X%08X%08X", 1, mode,
			    0, 0, 1, 0x9afAF09fu, size, 0, 0, 0, 0, name_size, 0);
	memcpy(built + built_size, name, length);
	built_size = (built_size + length + 3) & ~(size_t)3;
	memcpy(built + built_size, data, size);
	built_size = (built_size + size + 3) & ~(size_t)3;
}

static void add(const char *name, const char *data, unsigned mode)
{
	add_raw(name, (unsigned)strlen(name) + 1, data, (unsigned)strlen(data), mode);
}

static void begin(void)
{
	memset(built, 0, sizeof(built));
	built_size = 0;
}

#define FILE_MODE 0100644
#define FOLDER_MODE 0040755

static void build_good(void)
{
	begin();
	add(".", "", FOLDER_MODE);
	add("modules", "", FOLDER_MODE);
	add("./modules/a.ko", "hello", FILE_MODE);
	add("/etc/.hidden", "", FILE_MODE);
	add("TRAILER!!!", "", 0);
}

TEST(archive_reads_entries)
{
	struct archive_entry entry;
	const uint8_t *bytes;
	size_t position = 0;

	build_good();
	bytes = test_copy(built, built_size);
	CHECK_EQ(archive_next(bytes, built_size, &position, &entry), 0);
	CHECK_STR(entry.name, "modules");
	CHECK(entry.is_directory && !entry.is_file);
	CHECK_EQ(archive_next(bytes, built_size, &position, &entry), 0);
	CHECK_STR(entry.name, "modules/a.ko");
	CHECK_EQ(entry.name_length, 12);
	CHECK_EQ(entry.size, 5);
	CHECK_BYTES(entry.bytes, "hello", 5);
	CHECK(entry.is_file && !entry.is_directory);
	CHECK_EQ(entry.mode, FILE_MODE);
	CHECK_EQ(entry.time, 0x9afaf09f);
	CHECK_EQ(archive_next(bytes, built_size, &position, &entry), 0);
	CHECK_STR(entry.name, "etc/.hidden");
	CHECK_EQ(archive_next(bytes, built_size, &position, &entry), -ENOENT);
	CHECK_EQ(archive_next(bytes, built_size, &position, &entry), -ENOENT);
	CHECK_EQ(archive_find(bytes, built_size, "modules/a.ko", &entry), 0);
	CHECK_EQ(entry.size, 5);
	CHECK_EQ(archive_find(bytes, built_size, "modules/a.k", &entry), -ENOENT);
}

/* Reads all; the answer that ended it. */
static int drain(const void *bytes, size_t size)
{
	struct archive_entry entry;
	size_t position = 0;
	int error;

	do
		error = archive_next(bytes, size, &position, &entry);
	while (error == 0);
	return error;
}

TEST(archive_cut_anywhere)
{
	build_good();
	for (size_t size = 0; size <= built_size; size++)
		CHECK_EQ(drain(test_copy(built, size), size),
			 size == built_size ? -ENOENT : -EINVAL);
}

TEST(archive_file_size_bounds)
{
	struct archive_entry entry;
	size_t position = 0;

	begin();
	add("f", "12345678", FILE_MODE);
	CHECK_EQ(archive_next(test_copy(built, built_size), built_size, &position, &entry), 0);
	CHECK_EQ(position, built_size);
	built[6 + 8 * 6 + 7] = '9'; /* one more byte than there is */
	CHECK_EQ(drain(test_copy(built, built_size), built_size), -EINVAL);
	memset(built + 6 + 8 * 6, 'f', 8);
	CHECK_EQ(drain(test_copy(built, built_size), built_size), -EINVAL);
}

TEST(archive_name_size_bounds)
{
	static const struct {
		unsigned name_size;
		int error;
	} cases[] = {{0, -EINVAL}, {1, -EINVAL}, {3, -EINVAL},
		     {4, 0},	   {5, -EINVAL}, {0xffffffff, -EINVAL}};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct archive_entry entry;
		size_t position = 0;

		begin();
		add_raw("abc", cases[i].name_size, "", 0, FILE_MODE);
		CHECK_EQ(archive_next(test_copy(built, built_size), built_size, &position, &entry),
			 cases[i].error);
	}
}

TEST(archive_longest_name)
{
	static char name[ARCHIVE_NAME_MAX + 2];
	struct archive_entry entry;

	memset(name, 'n', sizeof(name) - 1);
	begin();
	add(name, "", FILE_MODE);
	CHECK_EQ(archive_find(built, built_size, name, &entry), -ENOENT);
	name[ARCHIVE_NAME_MAX] = '\0';
	begin();
	add(name, "", FILE_MODE);
	CHECK_EQ(archive_find(built, built_size, name, &entry), 0);
}

TEST(archive_bad_digits_and_magic)
{
	for (size_t at = 0; at < 110; at++) {
		bool unread = at >= 6 && (at - 6) / 8 != 1 && (at - 6) / 8 != 5 &&
			      (at - 6) / 8 != 6 && (at - 6) / 8 != 11;

		build_good();
		built[at] = 'g';
		CHECK_EQ(drain(test_copy(built, built_size), built_size),
			 unread ? -ENOENT : -EINVAL);
	}
}
