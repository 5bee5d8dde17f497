/*
 * How a machine is switched off: the package _S5_ in the byte code of a DSDT. A search for bytes,
 * not an interpreter. Its one rule: every byte of the package is taken through a reader that knows
 * where the table ends. Source: ACPI 6.4, 7.4.2 (\_Sx), 20.2.3 (data objects), 20.2.4 (package
 * length).
 */
#include "s5.h"

#include <string.h>

#include <lib/acpi.h>
#include <lib/bytes.h>
#include <lib/errno.h>

#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_NAME 0x08
#define AML_BYTE 0x0a
#define AML_WORD 0x0b
#define AML_DWORD 0x0c
#define AML_PACKAGE 0x12

struct reader {
	const uint8_t *bytes;
	size_t at, size;
	bool failed;
};

static uint8_t take(struct reader *reader)
{
	if (reader->at >= reader->size) {
		reader->failed = true;
		return 0;
	}
	return reader->bytes[reader->at++];
}

/* An integer constant; only values of a sleep type are right. */
static uint8_t take_sleep_type(struct reader *reader)
{
	uint8_t code = take(reader), value = code;
	unsigned more = 0;

	if (code == AML_BYTE || code == AML_WORD || code == AML_DWORD) {
		value = take(reader);
		if (code != AML_BYTE)
			more = code == AML_WORD ? 1 : 3;
	} else if (code != AML_ZERO && code != AML_ONE) {
		reader->failed = true;
	}
	for (unsigned i = 0; i < more; i++)
		reader->failed |= take(reader) != 0;
	reader->failed |= value > 7;
	return value;
}

/* Behind the name: Package () {type_a, type_b, ...}. One element stands for both. */
static bool take_package(struct reader *reader, uint8_t *type_a, uint8_t *type_b)
{
	uint8_t code = take(reader), count;

	for (unsigned more = take(reader) >> 6; more > 0; more--)
		take(reader); /* the package's length, of no use here */
	count = take(reader);
	if (code != AML_PACKAGE || count == 0)
		return false;
	*type_a = take_sleep_type(reader);
	*type_b = count > 1 ? take_sleep_type(reader) : *type_a;
	return !reader->failed;
}

int s5_find(const void *table, size_t size, uint8_t *type_a, uint8_t *type_b)
{
	const uint8_t *bytes = table;

	for (size_t at = ACPI_HEADER_SIZE; bytes_in_range(at, 4, size); at++) {
		struct reader reader = {.bytes = bytes, .at = at + 4, .size = size};
		bool named = bytes[at - 1] == AML_NAME ||
			     (bytes[at - 1] == '\\' && bytes[at - 2] == AML_NAME);

		if (memcmp(bytes + at, "_S5_", 4) == 0 && named &&
		    take_package(&reader, type_a, type_b))
			return 0;
	}
	return -ENOENT;
}
