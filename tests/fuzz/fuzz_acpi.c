/*
 * ACPI tables: the input is one table, whose length and sum are put right, for otherwise nothing
 * would get past them; the signature decides who reads it. All read it once as it came, too.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include <lib/acpi.h>
#include <lib/errno.h>

#include "../../modules/power/s5.h"

static void read_madt(const uint8_t *table, size_t size)
{
	struct acpi_madt_entry entry;
	size_t position = 0, before = 0;

	while (acpi_madt_next(table, size, &position, &entry) == 0) {
		FUZZ_CHECK(position > before && position <= size);
		before = position;
	}
}

static void read_all(const uint8_t *table, size_t size)
{
	struct acpi_fadt fadt;
	uint64_t physical;
	uint8_t type_a, type_b;

	if (acpi_parse_rsdp(table, size, &physical) == 0)
		fuzz_touch(&physical, sizeof(physical));
	if (!acpi_table_is_good(table, size))
		return;
	read_madt(table, size);
	for (unsigned i = 0; i < 4 && acpi_root_entry(table, size, i, &physical) == 0; i++)
		FUZZ_CHECK(ACPI_HEADER_SIZE + 4 * i < size);
	FUZZ_CHECK(acpi_root_entry(table, size, (unsigned)size / 4, &physical) != 0);
	if (s5_find(table, size, &type_a, &type_b) == 0)
		FUZZ_CHECK(type_a <= 7 && type_b <= 7);
	if (acpi_parse_hpet(table, size, &physical) == 0)
		fuzz_touch(&physical, sizeof(physical));
	if (acpi_parse_fadt(table, size, &fadt) == 0)
		fuzz_touch(&fadt, sizeof(fadt));
}

static void fix_sum(uint8_t *bytes, size_t at, size_t size)
{
	bytes[at] = 0;
	for (size_t i = 0; i < size; i++) {
		if (i != at)
			bytes[at] = (uint8_t)(bytes[at] - bytes[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t length = (uint32_t)size;
	uint8_t *table;

	read_all(data, size);
	if (size < ACPI_HEADER_SIZE)
		return 0;
	table = malloc(size);
	memcpy(table, data, size);
	if (memcmp(table, "RSD PTR ", 8) == 0) {
		fix_sum(table, 8, 20);
		memcpy(table + 20, &length, 4);
		fix_sum(table, 32, size);
	} else {
		memcpy(table + 4, &length, 4);
		fix_sum(table, 9, size);
	}
	read_all(table, size);
	free(table);
	return 0;
}
