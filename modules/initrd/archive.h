#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lib/compiler.h>

/*
 * Reads a cpio archive in the "newc" form (magic 070701; cpio(5)) from bytes that are not
 * trusted. An entry points into the archive and is valid as long as that is. Context: any.
 */
#define ARCHIVE_NAME_MAX 1023

struct archive_entry {
	const char *name; /* no leading "/" or "./"; NUL-terminated, no NUL inside, not empty */
	size_t name_length;
	const uint8_t *bytes;
	size_t size;
	bool is_directory;
	bool is_file;  /* a regular one */
	uint32_t mode; /* Unix, 16 bits */
	uint32_t time; /* of modification, seconds since 1970 */
};

/*
 * The entry at *@position (0: the first), which moves behind it. Entries that name the root itself
 * are passed over. -ENOENT: the end mark was reached. -EINVAL: malformed or cut short at
 * *@position; asking again gives the same answer.
 */
int archive_next(const void *bytes, size_t size, size_t *position,
		 struct archive_entry *entry) __must_check;
/* The first entry of that name; -ENOENT when none stands before the end or the first malformed one.
 */
int archive_find(const void *bytes, size_t size, const char *name,
		 struct archive_entry *entry) __must_check;
